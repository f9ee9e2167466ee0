-- All of before is the configuration file's. A single endpoint without static headers is what `webhookUrl` said, or
-- means the same. Secrets are in clear here: they are sealed when all migrations are done, each for its place.
update source set document = json_insert(document, '$.keyNames', json('{}'), '$.origin', 'file');
update destination set document = json_insert(
  document,
  '$.basic', json(case
    when json_array_length(document, '$.endpoints') = 1 and json_extract(document, '$.endpoints[0].headers') = '{}'
    then json_extract(document, '$.endpoints[0]')
  end),
  '$.origin', 'file'
);
