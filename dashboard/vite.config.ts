import { defineConfig } from 'vite';

export default defineConfig({
  // Everything is asked for below the page's <base>, wherever a proxy puts that.
  base: './',
  build: {
    outDir: 'dist',
    target: 'es2024',
    // Those that know `light-dark()`, since spring 2024.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    // Nothing in a page stands inline, so that its policy need not allow it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: 'licenses.md' },
  },
  html: { cspNonce: 'NONCE' },
  server: {
    // While the dashboard is worked on: pages by Vite, everything else by a Sluice that runs.
    proxy: Object.fromEntries(
      ['/api', '/v1', '/openapi.json', '/readyz'].map((path) => [path, 'http://127.0.0.1:8080']),
    ),
  },
});
