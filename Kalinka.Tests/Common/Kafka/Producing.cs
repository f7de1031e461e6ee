using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Kafka;

/// <summary>A producer with its catalog and its reports, against some cluster.</summary>
internal sealed class Producing : IDisposable
{
    public Producing(string bootstrapServers, params (string Name, string Value)[] properties)
    {
        Options = OptionsFor(bootstrapServers, properties);
        Producer = new RecordProducer(Options, "test", Reports, NullLogger.Instance);
        Catalog = new TopicCatalog(Producer, Options, "test", NullLogger.Instance);
    }

    /// <summary>A group of its own for each test.</summary>
    public static string Group => $"group-{TestContext.CurrentContext.Test.ID}";

    public KafkaOptions Options { get; }

    public RecordedReports Reports { get; } = new();

    public RecordProducer Producer { get; }

    public TopicCatalog Catalog { get; }

    public RecordHeaderBuffer NoHeaders { get; } = new();

    public static KafkaOptions OptionsFor(string bootstrapServers, params (string Name, string Value)[] properties) =>
        new(
            bootstrapServers,
            Group,
            TopicCreation.None,
            properties.ToDictionary(property => property.Name, property => property.Value)
        );

    /// <summary>Waits until the catalog knows the topic.</summary>
    public async Task<KafkaTopic> TopicAsync(string name)
    {
        KafkaTopic? kafkaTopic = null;
        await Eventually.That(
            () => Catalog.Find(Encoding.UTF8.GetBytes(name), out kafkaTopic) == TopicLookup.Known,
            TimeSpan.FromSeconds(20),
            $"the catalog knows {name}"
        );
        return kafkaTopic!;
    }

    public ProduceResult Produce(KafkaTopic kafkaTopic, string? key, ReadOnlySpan<byte> value, long token) =>
        Producer.TryProduce(
            kafkaTopic,
            key is not null,
            Encoding.UTF8.GetBytes(key ?? ""),
            value,
            NoHeaders,
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            token
        );

    public void Dispose()
    {
        Catalog.Dispose();
        Producer.Dispose();
    }
}
