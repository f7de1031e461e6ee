using Confluent.Kafka;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Directory;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>A directory's topic of the test's own.</summary>
internal sealed class TopicHarness : DirectoryHarness
{
    private readonly List<TopicDirectory> _open = [];
    private readonly IProducer<string, string?> _other;

    public TopicHarness(KafkaServer server)
    {
        Kafka = new KafkaOptions(
            server.BootstrapServers,
            "kalinka-sub",
            TopicCreation.FromRules,
            new Dictionary<string, string>()
        );
        _other = new ProducerBuilder<string, string?>(
            new ProducerConfig
            {
                BootstrapServers = server.BootstrapServers,
                Partitioner = Partitioner.Murmur2Random,
                LingerMs = 0,
            }
        ).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).SetValueSerializer(Serializers.Utf8!).Build();
    }

    public KafkaOptions Kafka { get; }

    public DirectoryOptions Options { get; init; } =
        new(DirectoryKind.Kafka, $"directory-{Guid.NewGuid():N}", DirectoryOptions.DefaultCapacity);

    public override Task<ILocationDirectory> OpenAsync() => Task.FromResult<ILocationDirectory>(Open(writes: true));

    public TopicDirectory Open(bool writes)
    {
        var directory = new TopicDirectory(
            Options,
            Kafka,
            "test",
            writes,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        _open.Add(directory);
        directory.Start();
        return directory;
    }

    public override Task PutAsync(string clientId, string data) => WriteAsync(clientId, data);

    public override Task RemoveAsync(string clientId) => WriteAsync(clientId, null);

    /// <summary>A record as it is, with headers or without.</summary>
    public Task WriteAsync(string clientId, string? data, Headers? headers = null) =>
        _other.ProduceAsync(
            Options.KafkaTopic,
            new Message<string, string?>
            {
                Key = clientId,
                Value = data,
                Headers = headers,
            }
        );

    public override async ValueTask DisposeAsync()
    {
        foreach (var directory in _open)
        {
            await directory.DisposeAsync();
        }

        _other.Dispose();
    }
}
