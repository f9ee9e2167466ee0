import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from './openapi.ts';
import { OPERATIONS } from './operations.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface PatchSchema {
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, { readonly anyOf: readonly Partial<PatchSchema>[] }>>;
}

interface RequestBody {
  readonly content: { readonly 'application/json': { readonly schema: PatchSchema } };
}

const document = JSON.parse(JSON.stringify(openApiDocument())) as Document;

describe('the OpenAPI document', () => {
  it('is one, of version 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      JSON.parse(JSON.stringify(document)) as Parameters<Validator['validate']>[0],
    );
    assert.ok(valid, JSON.stringify(errors ?? null).slice(0, 2_000));
    assert.equal(validator.version, '3.1');
  });

  it('has every operation once, under its id', () => {
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((each) => each.operationId));
    assert.deepEqual(ids.toSorted(), Object.keys(OPERATIONS).toSorted());
  });

  it('refers to nothing that it has not', () => {
    const names = new Set(Object.keys(document.components.schemas));
    const referred = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
    for (const [, reference = ''] of referred)
      assert.ok(names.has(reference.replace('#/components/schemas/', '')), reference);
    assert.ok(names.has('Destination') && names.has('Error'));
  });

  it('says of a patch that everything may be left out, and of an answer that it may have more', () => {
    const { patch } = document.paths['/destinations/{id}'] as unknown as { patch: { requestBody: RequestBody } };
    const { schema } = patch.requestBody.content['application/json'];
    assert.equal(schema.required, undefined);
    assert.deepEqual(schema.properties['enabled']?.anyOf.at(-1), { type: 'null' });
    const [settings] = schema.properties['settings']?.anyOf ?? [];
    assert.equal(settings?.required, undefined);
    assert.doesNotMatch(JSON.stringify(document.components.schemas['Destination']), /additionalProperties":false/);
  });
});
