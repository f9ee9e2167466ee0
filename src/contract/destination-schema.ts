import { z } from 'zod';
import { declaredMax } from '../domain/limits.ts';
import { deliverySchema } from './delivery-schema.ts';
import { destinationSettings } from './destination-settings.ts';
import { enabled, id, listOf, name } from './schema-parts.ts';

/** A destination as file and management API say it. What holds between its settings, and with sources, is checked elsewhere. */
export const destinationSchema = z.strictObject({
  id: id.describe('What deliveries carry as `destination`. Unique among destinations.'),
  name: name
    .optional()
    .describe('What people call it, unique among destinations, upper and lower case alike. Without it: the id.'),
  sources: listOf(z.string(), { max: declaredMax }).describe('Ids of the sources whose events it gets.'),
  type: z.literal('webhooks').default('webhooks').describe('What kind of destination it is.'),
  enabled: enabled.describe('Whether events are delivered. Once enabled, it starts with what arrives from then on.'),
  settings: destinationSettings.describe('Where its events go. At least one URL: `webhookUrl`, or one in `webhooks`.'),
  delivery: deliverySchema.prefault({}).describe('How it tries, and when it stops trying.'),
});

/** A destination as it was said, defaults filled in. */
export type SaidDestination = z.output<typeof destinationSchema>;
/** A destination in the terms of the file. */
export type DestinationForm = z.input<typeof destinationSchema>;
