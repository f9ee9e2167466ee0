<?php

require __DIR__ . '/receiver.php';

while (($line = fgets(STDIN)) !== false) {
    $fields = explode("\t", rtrim($line, "\n"));
    [$now, $secrets, $body] = $fields;
    $headers = [];
    foreach (array_slice($fields, 3) as $pair) {
        [$name, $value] = explode(':', $pair);
        $headers[base64_decode($name)] = base64_decode($value);
    }
    $known = array_map('base64_decode', explode(',', $secrets));
    $bytes = base64_decode($body);
    $told = [isGenuine($known, $headers, $bytes, (int) $now), hasXSignature($known, $headers, $bytes)];
    echo implode(' ', array_map(fn($each) => $each ? 'true' : 'false', $told)), "\n";
}
