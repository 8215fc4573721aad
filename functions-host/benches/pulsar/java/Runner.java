import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.pulsar.client.api.CompressionType;
import org.apache.pulsar.client.api.SubscriptionInitialPosition;
import org.apache.pulsar.common.functions.FunctionConfig;
import org.apache.pulsar.common.functions.ProducerConfig;
import org.apache.pulsar.functions.LocalRunner;
import org.apache.pulsar.functions.api.Context;
import org.apache.pulsar.functions.api.Function;

/** Runs a function that answers requests with their input. */
public final class Runner {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static Schema request;
    private static Schema completion;

    private Runner() {}

    /** Arguments: the broker, the two topics, the number of instances, the two schemas. */
    public static void main(String[] arguments) throws Exception {
        request = new Schema.Parser().parse(arguments[4]);
        completion = new Schema.Parser().parse(arguments[5]);
        FunctionConfig config = FunctionConfig.builder()
                .tenant("public").namespace("default").name("echo")
                .className(Echo.class.getName())
                .runtime(FunctionConfig.Runtime.JAVA)
                .inputs(List.of(arguments[1]))
                .output(arguments[2])
                .subName("functions-service-execution-sub")
                .subscriptionPosition(SubscriptionInitialPosition.Earliest)
                .processingGuarantees(FunctionConfig.ProcessingGuarantees.ATLEAST_ONCE)
                .parallelism(Integer.parseInt(arguments[3]))
                // Whoever counts what comes out reads no other.
                .producerConfig(ProducerConfig.builder().compressionType(CompressionType.NONE).build())
                .build();
        LocalRunner.builder()
                .functionConfig(config)
                .brokerServiceUrl(arguments[0])
                .build()
                .start(true);
    }

    /** The function. */
    public static final class Echo implements Function<byte[], byte[]> {
        private final GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(request);
        private final GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(completion);

        @Override
        public byte[] process(byte[] input, Context context) throws Exception {
            GenericRecord asked = reader.read(null, DecoderFactory.get().binaryDecoder(input, null));
            String uri = asked.get("asset_uri").toString();
            byte[] asset = Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
            Map<String, String> results = JSON.readValue(asset, new TypeReference<>() {});
            GenericRecord told = new GenericData.Record(completion);
            for (String same : List.of("tenant_id", "asset_id", "wasm_module_id")) {
                told.put(same, asked.get(same));
            }
            told.put("status", "SUCCESS");
            told.put("results", results);
            told.put("event_timestamp", System.currentTimeMillis());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
            writer.write(told, encoder);
            encoder.flush();
            return out.toByteArray();
        }
    }
}
