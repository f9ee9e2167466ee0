import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class Driver {
    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t", -1);
            List<String> secrets = new ArrayList<>();
            for (String secret : fields[1].split(",")) secrets.add(text(secret));
            Map<String, String> headers = new HashMap<>();
            for (int at = 3; at < fields.length; at++) {
                String[] pair = fields[at].split(":", -1);
                headers.put(text(pair[0]), text(pair[1]));
            }
            byte[] body = Base64.getDecoder().decode(fields[2]);
            Instant now = Instant.ofEpochSecond(Long.parseLong(fields[0]));
            boolean standard = Webhooks.isGenuine(secrets, headers, body, now);
            System.out.println(standard + " " + Webhooks.hasXSignature(secrets, headers, body));
        }
    }

    private static String text(String field) {
        return new String(Base64.getDecoder().decode(field), StandardCharsets.UTF_8);
    }
}
