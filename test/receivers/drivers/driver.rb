require_relative "receiver"

def text(field) = field.unpack1("m0").force_encoding("UTF-8")

$stdin.each_line(chomp: true) do |line|
  now, secrets, body, *pairs = line.split("\t", -1)
  headers = pairs.to_h { |pair| pair.split(":", -1).map { |field| text(field) } }
  known = secrets.split(",").map { |secret| text(secret) }
  bytes = body.unpack1("m0")
  puts "#{genuine?(known, headers, bytes, now.to_i)} #{x_signature?(known, headers, bytes)}"
end
