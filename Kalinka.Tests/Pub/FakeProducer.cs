using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Pub;

/// <summary>A producer that keeps records as text and reports when the test says so.</summary>
internal sealed class FakeProducer : IRecordProducer
{
    public List<Produced> Records { get; } = [];

    /// <summary>What the next calls return; afterwards everything is queued.</summary>
    public Queue<ProduceResult> Results { get; } = new();

    /// <summary>Nothing is taken.</summary>
    public bool AlwaysFull { get; set; }

    /// <summary>False: records are counted and forgotten, for a test of allocations.</summary>
    public bool Keep { get; set; } = true;

    public long LastToken { get; private set; }

    public int Outstanding => Records.Count;

    public ProduceResult TryProduce(
        KafkaTopic kafkaTopic,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    )
    {
        LastToken = token;
        if (AlwaysFull)
        {
            return ProduceResult.QueueFull;
        }

        if (Results.TryDequeue(out var result) && result != ProduceResult.Queued)
        {
            return result;
        }

        if (Keep)
        {
            Records.Add(
                new Produced(
                    kafkaTopic.Name,
                    hasKey ? Encoding.UTF8.GetString(key) : null,
                    value.ToArray(),
                    List(headers),
                    timestampMs,
                    token
                )
            );
        }

        return ProduceResult.Queued;
    }

    public bool Flush(TimeSpan timeout) => true;

    public void Purge() { }

    public void Dispose() { }

    private static List<KeyValuePair<string, string>> List(RecordHeaderBuffer headers) =>
        [
            .. Enumerable
                .Range(0, headers.Count)
                .Select(index =>
                    KeyValuePair.Create(
                        Encoding.UTF8.GetString(headers.Name(index)),
                        Encoding.UTF8.GetString(headers.Value(index))
                    )
                ),
        ];
}

internal sealed record Produced(
    string KafkaTopic,
    string? Key,
    byte[] Value,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    long TimestampMs,
    long Token
)
{
    public string? Header(string name) => Headers.FirstOrDefault(header => header.Key == name).Value;
}
