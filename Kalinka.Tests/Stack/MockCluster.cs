using System.Runtime.InteropServices;
using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Tests.Stack;

/// <summary>librdkafka's mock cluster (rdkafka_mock.h): real TCP listeners on 127.0.0.1, records in memory, faults on demand.</summary>
internal sealed unsafe partial class MockCluster : IDisposable
{
    public const short ProduceRequest = 0;
    public const short OffsetCommitRequest = 8;
    public const short HeartbeatRequest = 12;

    private readonly ClientHandle _owner;
    private readonly nint _cluster;

    static MockCluster() => NativeLibrary.SetDllImportResolver(typeof(MockCluster).Assembly, RdKafkaLibrary.Find);

    public MockCluster(int brokers = 1)
    {
        using var configuration = new ClientConfiguration();
        _owner = configuration.Build(LibRdKafka.Producer, [new("test.mock.num.brokers", $"{brokers}")]);
        _cluster = HandleMockCluster(_owner.Pointer);
        Brokers = brokers;
    }

    public int Brokers { get; }

    public string BootstrapServers => NativeText.Read(Bootstraps(_cluster));

    public void CreateTopic(string name, int partitions) => Check(TopicCreate(_cluster, name, partitions, 1));

    /// <summary>The next requests of that kind are answered with these errors, one each.</summary>
    public void FailNext(short apiKey, params ErrorCode[] errors) =>
        PushRequestErrors(_cluster, apiKey, (nuint)errors.Length, errors);

    public void SetDown()
    {
        for (var id = 1; id <= Brokers; id++)
        {
            Check(BrokerSetDown(_cluster, id));
        }
    }

    public void SetUp()
    {
        for (var id = 1; id <= Brokers; id++)
        {
            Check(BrokerSetUp(_cluster, id));
        }
    }

    public void Dispose() => _owner.Dispose();

    private static void Check(ErrorCode code)
    {
        if (code != ErrorCode.NoError)
        {
            throw new KafkaException(code);
        }
    }

    [LibraryImport(RdKafkaLibrary.Name, EntryPoint = "rd_kafka_handle_mock_cluster")]
    private static partial nint HandleMockCluster(nint client);

    [LibraryImport(RdKafkaLibrary.Name, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial byte* Bootstraps(nint cluster);

    [LibraryImport(
        RdKafkaLibrary.Name,
        EntryPoint = "rd_kafka_mock_topic_create",
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial ErrorCode TopicCreate(nint cluster, string name, int partitions, int replicas);

    [LibraryImport(RdKafkaLibrary.Name, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    private static partial void PushRequestErrors(nint cluster, short apiKey, nuint count, ErrorCode[] errors);

    [LibraryImport(RdKafkaLibrary.Name, EntryPoint = "rd_kafka_mock_broker_set_down")]
    private static partial ErrorCode BrokerSetDown(nint cluster, int brokerId);

    [LibraryImport(RdKafkaLibrary.Name, EntryPoint = "rd_kafka_mock_broker_set_up")]
    private static partial ErrorCode BrokerSetUp(nint cluster, int brokerId);
}
