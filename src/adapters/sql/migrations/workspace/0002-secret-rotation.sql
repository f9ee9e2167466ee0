-- Documents of before have no rotation.
update destination set document = json_insert(document, '$.nextSecret', null, '$.rotationEndsAtMs', null);
