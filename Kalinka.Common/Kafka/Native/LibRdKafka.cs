using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka.Native;

/// <summary>
/// The functions of librdkafka (rdkafka.h) that the producer needs, under their own names without the prefix. Pointers
/// to its opaque types are <see cref="nint"/>.
/// </summary>
internal static unsafe partial class LibRdKafka
{
    public const int Producer = 0;
    public const int Consumer = 1;

    public const int EventDeliveryReport = 0x1;
    public const int EventLog = 0x4;
    public const int EventError = 0x8;

    public const int PurgeQueue = 0x1;
    public const int PurgeInFlight = 0x2;

    private const string Name = RdKafkaLibrary.Name;

    static LibRdKafka() => RdKafkaLibrary.Resolve();

    [LibraryImport(Name, EntryPoint = "rd_kafka_version")]
    public static partial int Version();

    [LibraryImport(Name, EntryPoint = "rd_kafka_err2str")]
    public static partial byte* ErrorToString(ErrorCode code);

    [LibraryImport(Name, EntryPoint = "rd_kafka_last_error")]
    public static partial ErrorCode LastError();

    [LibraryImport(Name, EntryPoint = "rd_kafka_fatal_error")]
    public static partial ErrorCode FatalError(nint client, byte* text, nuint textSize);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint ConfNew();

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_destroy")]
    public static partial void ConfDestroy(nint conf);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ConfSet(nint conf, string name, string value, byte* text, nuint textSize);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_events")]
    public static partial void ConfSetEvents(nint conf, int events);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_dump")]
    public static partial byte** ConfDump(nint conf, out nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_dump_free")]
    public static partial void ConfDumpFree(byte** dump, nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_conf_new")]
    public static partial nint TopicConfNew();

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_conf_dump")]
    public static partial byte** TopicConfDump(nint conf, out nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_conf_destroy")]
    public static partial void TopicConfDestroy(nint conf);

    /// <summary>Takes the configuration over when it succeeds, and only then.</summary>
    [LibraryImport(Name, EntryPoint = "rd_kafka_new")]
    public static partial nint New(int type, nint conf, byte* text, nuint textSize);

    [LibraryImport(Name, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(nint client);

    [LibraryImport(Name, EntryPoint = "rd_kafka_set_log_queue")]
    public static partial ErrorCode SetLogQueue(nint client, nint queue);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint TopicNew(nint client, string name, nint conf);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_name")]
    public static partial byte* TopicName(nint topic);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_destroy")]
    public static partial void TopicDestroy(nint topic);

    /// <returns>Null, or an error to destroy.</returns>
    [LibraryImport(Name, EntryPoint = "rd_kafka_produceva")]
    public static partial nint Produce(nint client, ProduceArgument* arguments, nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_error_code")]
    public static partial ErrorCode ErrorCodeOf(nint error);

    [LibraryImport(Name, EntryPoint = "rd_kafka_error_destroy")]
    public static partial void ErrorDestroy(nint error);

    [LibraryImport(Name, EntryPoint = "rd_kafka_flush")]
    public static partial ErrorCode Flush(nint client, int timeoutMs);

    [LibraryImport(Name, EntryPoint = "rd_kafka_purge")]
    public static partial ErrorCode Purge(nint client, int flags);

    [LibraryImport(Name, EntryPoint = "rd_kafka_queue_get_main")]
    public static partial nint QueueGetMain(nint client);

    /// <summary>Records and events that wait in the client.</summary>
    [LibraryImport(Name, EntryPoint = "rd_kafka_outq_len")]
    public static partial int OutQueueLength(nint client);

    [LibraryImport(Name, EntryPoint = "rd_kafka_queue_poll")]
    public static partial nint QueuePoll(nint queue, int timeoutMs);

    /// <summary>Makes a waiting <see cref="QueuePoll"/> return at once.</summary>
    [LibraryImport(Name, EntryPoint = "rd_kafka_queue_yield")]
    public static partial void QueueYield(nint queue);

    [LibraryImport(Name, EntryPoint = "rd_kafka_queue_destroy")]
    public static partial void QueueDestroy(nint queue);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_type")]
    public static partial int EventType(nint clientEvent);

    /// <summary>Takes up to <paramref name="size"/> of those that were not taken yet; they live as long as the event.</summary>
    [LibraryImport(Name, EntryPoint = "rd_kafka_event_message_array")]
    public static partial nuint EventMessageArray(nint clientEvent, NativeMessage** messages, nuint size);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_error")]
    public static partial ErrorCode EventErrorCode(nint clientEvent);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_error_string")]
    public static partial byte* EventErrorString(nint clientEvent);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_error_is_fatal")]
    public static partial int EventErrorIsFatal(nint clientEvent);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_log")]
    public static partial int EventLogOf(nint clientEvent, out byte* facility, out byte* text, out int level);

    [LibraryImport(Name, EntryPoint = "rd_kafka_event_destroy")]
    public static partial void EventDestroy(nint clientEvent);

    /// <returns>Unix milliseconds.</returns>
    [LibraryImport(Name, EntryPoint = "rd_kafka_message_timestamp")]
    public static partial long MessageTimestamp(NativeMessage* message, out int type);

    [LibraryImport(Name, EntryPoint = "rd_kafka_message_headers")]
    public static partial ErrorCode MessageHeaders(NativeMessage* message, out nint headers);

    [LibraryImport(Name, EntryPoint = "rd_kafka_header_get_all")]
    public static partial ErrorCode HeaderGetAll(
        nint headers,
        nuint index,
        out byte* name,
        out byte* value,
        out nuint size
    );

    [LibraryImport(Name, EntryPoint = "rd_kafka_metadata")]
    public static partial ErrorCode Metadata(
        nint client,
        int allTopics,
        nint onlyTopic,
        out NativeMetadata* metadata,
        int timeoutMs
    );

    [LibraryImport(Name, EntryPoint = "rd_kafka_metadata_destroy")]
    public static partial void MetadataDestroy(NativeMetadata* metadata);
}
