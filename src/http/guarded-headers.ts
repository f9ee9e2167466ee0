/**
 * Of whatever is for operators, pages and answers alike: shown in no frame, taken for nothing but what it says it is, read
 * by no other site, and not named to where a link leads.
 */
export const GUARDED_HEADERS = {
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;
