// Sends requests and reads completions as platforms in Java do.
//
//     Client.java SERVICE COMMAND [, COMMAND]...
//     send TOPIC TENANT FIRST MANY BY [batched COMPRESSION | chunked BYTES]
//     listen TOPIC MANY BY
//
// BY says where the schema comes from. Requests: `pojo` is a class as the client reads it by
// itself, where everything may be null, and `required` one where nothing may; `generic` is
// built field by field, and `evolved` too, with two more fields that have defaults.
// Completions: `pojo`, and `generic`, by whatever schema the topic has. What is read is
// printed, a JSON object per line.

import com.google.gson.GsonBuilder;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.avro.reflect.Nullable;
import org.apache.pulsar.client.api.CompressionType;
import org.apache.pulsar.client.api.Consumer;
import org.apache.pulsar.client.api.Message;
import org.apache.pulsar.client.api.Producer;
import org.apache.pulsar.client.api.ProducerBuilder;
import org.apache.pulsar.client.api.PulsarClient;
import org.apache.pulsar.client.api.Schema;
import org.apache.pulsar.client.api.SubscriptionInitialPosition;
import org.apache.pulsar.client.api.schema.GenericRecord;
import org.apache.pulsar.client.api.schema.GenericSchema;
import org.apache.pulsar.client.api.schema.RecordSchemaBuilder;
import org.apache.pulsar.client.api.schema.SchemaBuilder;
import org.apache.pulsar.client.api.schema.SchemaDefinition;
import org.apache.pulsar.common.schema.SchemaType;

class Client {
    static final int DEADLINE_SECONDS = 240;
    static final List<String> TEXTS =
            List.of("tenant_id", "asset_id", "asset_uri", "wasm_module_id");

    /** What is printed is what was read, and nothing that libraries log. */
    static final PrintStream OUT = System.out;

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        try (PulsarClient client = PulsarClient.builder().serviceUrl(arguments[0]).build()) {
            List<String> command = new ArrayList<>();
            for (int at = 1; at <= arguments.length; at++) {
                if (at < arguments.length && !arguments[at].equals(",")) {
                    command.add(arguments[at]);
                    continue;
                }
                switch (command.get(0)) {
                    case "send" -> new Sending(client, command).send();
                    case "listen" -> listen(client, command);
                    default -> throw new IllegalArgumentException(command.get(0));
                }
                command.clear();
            }
        }
    }

    /** What is sent, and how. */
    static class Sending {
        final PulsarClient client;
        final String topic, tenant, by, how, what;
        final int first, many;

        Sending(PulsarClient client, List<String> command) {
            this.client = client;
            topic = command.get(1);
            tenant = command.get(2);
            first = Integer.parseInt(command.get(3));
            many = Integer.parseInt(command.get(4));
            by = command.get(5);
            how = command.size() > 6 ? command.get(6) : "plain";
            what = command.size() > 7 ? command.get(7) : "";
        }

        void send() throws Exception {
            switch (by) {
                case "pojo" -> all(Schema.AVRO(ExecuteWasmFunction.class), this::pojo);
                case "required" -> all(required(ExecuteWasmFunction.class), this::pojo);
                case "generic" -> {
                    GenericSchema<GenericRecord> schema = generic(false);
                    all(schema, values -> record(schema, values));
                }
                case "evolved" -> {
                    GenericSchema<GenericRecord> schema = generic(true);
                    all(schema, values -> {
                        values.put("priority", 9);
                        values.put("note", "of another age");
                        return record(schema, values);
                    });
                }
                default -> throw new IllegalArgumentException(by);
            }
        }

        <T> void all(Schema<T> schema, Function<Map<String, Object>, T> make)
                throws Exception {
            ProducerBuilder<T> builder = client.newProducer(schema).topic(topic)
                    .blockIfQueueFull(true).enableBatching(false);
            String module = "echo";
            String padding = "";
            if (how.equals("batched")) {
                builder.enableBatching(true).batchingMaxPublishDelay(100, TimeUnit.MILLISECONDS);
                builder.compressionType(CompressionType.valueOf(what));
            } else if (how.equals("chunked")) {
                builder.enableChunking(true);
                module = "large";
                padding = "x".repeat(Integer.parseInt(what));
            }
            List<CompletableFuture<?>> stored = new ArrayList<>();
            try (Producer<T> producer = builder.create()) {
                for (int n = first; n < first + many; n++) {
                    String input = "{\"n\":\"" + n + "\",\"padding\":\"" + padding + "\"}";
                    Map<String, Object> values = new HashMap<>();
                    values.put("tenant_id", tenant);
                    values.put("asset_id", String.valueOf(n));
                    values.put("asset_uri", "data:;base64," + Base64.getEncoder()
                            .encodeToString(input.getBytes(StandardCharsets.UTF_8)));
                    values.put("wasm_module_id", module);
                    values.put("event_timestamp", System.currentTimeMillis());
                    stored.add(producer.newMessage().key("key-" + n)
                            .property("request_id", "order-" + n).value(make.apply(values)).sendAsync());
                }
                producer.flush();
            }
            for (CompletableFuture<?> one : stored) {
                one.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            }
        }

        ExecuteWasmFunction pojo(Map<String, Object> values) {
            ExecuteWasmFunction request = new ExecuteWasmFunction();
            request.tenant_id = (String) values.get("tenant_id");
            request.asset_id = (String) values.get("asset_id");
            request.asset_uri = (String) values.get("asset_uri");
            request.wasm_module_id = (String) values.get("wasm_module_id");
            request.event_timestamp = (long) values.get("event_timestamp");
            return request;
        }
    }

    static <T> Schema<T> required(Class<T> of) {
        return Schema.AVRO(SchemaDefinition.<T>builder().withPojo(of).withAlwaysAllowNull(false).build());
    }

    static GenericSchema<GenericRecord> generic(boolean isEvolved) {
        RecordSchemaBuilder builder = SchemaBuilder.record("ExecuteWasmFunction");
        if (isEvolved) {
            builder.field("priority").type(SchemaType.INT32).defaultValue(5);
        }
        for (String name : TEXTS) {
            builder.field(name).type(SchemaType.STRING).required();
        }
        builder.field("event_timestamp").type(SchemaType.INT64).required();
        if (isEvolved) {
            builder.field("note").type(SchemaType.STRING).optional().defaultValue(null);
        }
        return Schema.generic(builder.build(SchemaType.AVRO));
    }

    static GenericRecord record(GenericSchema<GenericRecord> schema, Map<String, Object> values) {
        var record = schema.newRecordBuilder();
        values.forEach(record::set);
        return record.build();
    }

    static void listen(PulsarClient client, List<String> command) throws Exception {
        switch (command.get(3)) {
            case "pojo" -> hear(client, command, required(FunctionExecutionCompleted.class),
                    Client::fields);
            case "generic" -> hear(client, command, Schema.AUTO_CONSUME(), Client::fields);
            default -> throw new IllegalArgumentException(command.get(3));
        }
    }

    static <T> void hear(PulsarClient client, List<String> command, Schema<T> schema,
            Function<T, Map<String, Object>> fields) throws Exception {
        int many = Integer.parseInt(command.get(2));
        var printer = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
        try (Consumer<T> consumer = client.newConsumer(schema).topic(command.get(1))
                .subscriptionName("java-" + command.get(3))
                .subscriptionInitialPosition(SubscriptionInitialPosition.Earliest).subscribe()) {
            for (int heard = 0; heard < many; heard++) {
                Message<T> message = consumer.receive(DEADLINE_SECONDS, TimeUnit.SECONDS);
                if (message == null) {
                    throw new IllegalStateException("not told in time: " + heard + " of " + many);
                }
                Map<String, Object> told = fields.apply(message.getValue());
                told.put("key", message.getKey());
                told.put("properties", message.getProperties());
                told.put("event_time", message.getEventTime());
                OUT.println(printer.toJson(told));
                consumer.acknowledge(message);
            }
        }
    }

    static Map<String, Object> fields(FunctionExecutionCompleted completion) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("tenant_id", completion.tenant_id);
        fields.put("asset_id", completion.asset_id);
        fields.put("wasm_module_id", completion.wasm_module_id);
        fields.put("status", completion.status);
        fields.put("results", completion.results);
        fields.put("error_message", completion.error_message);
        fields.put("event_timestamp", completion.event_timestamp);
        return fields;
    }

    static Map<String, Object> fields(GenericRecord completion) {
        Map<String, Object> fields = new LinkedHashMap<>();
        completion.getFields().forEach(field ->
                fields.put(field.getName(), plain(completion.getField(field))));
        return fields;
    }

    /** Texts of Avro are no Strings here. */
    static Object plain(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> plain = new LinkedHashMap<>();
            map.forEach((key, text) -> plain.put(key.toString(), text.toString()));
            return plain;
        }
        return value instanceof CharSequence ? value.toString() : value;
    }
}

class ExecuteWasmFunction {
    public String tenant_id;
    public String asset_id;
    public String asset_uri;
    public String wasm_module_id;
    public long event_timestamp;
}

class FunctionExecutionCompleted {
    public String tenant_id;
    public String asset_id;
    public String wasm_module_id;
    public String status;
    @Nullable public Map<String, String> results;
    @Nullable public String error_message;
    public long event_timestamp;
}
