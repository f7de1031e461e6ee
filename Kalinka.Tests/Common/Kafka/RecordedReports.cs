using System.Collections.Concurrent;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Common.Kafka;

/// <summary>Keeps what a producer reports.</summary>
internal sealed class RecordedReports : IDeliveryReports
{
    public ConcurrentQueue<long> Delivered { get; } = new();

    public ConcurrentQueue<Failure> Failed { get; } = new();

    public ConcurrentQueue<string> Fatal { get; } = new();

    public int Count => Delivered.Count + Failed.Count;

    public void OnDelivered(ReadOnlySpan<long> tokens)
    {
        foreach (var token in tokens)
        {
            Delivered.Enqueue(token);
        }
    }

    public void OnFailed(long token, RecordError error, string description, in FailedRecord failed) =>
        Failed.Enqueue(
            new Failure(
                token,
                error,
                failed.KafkaTopic,
                failed.HasKey ? failed.Key.ToArray() : null,
                failed.Value.ToArray(),
                failed.Headers
            )
        );

    public void OnFatal(string description) => Fatal.Enqueue(description);

    internal sealed record Failure(
        long Token,
        RecordError Error,
        string KafkaTopic,
        byte[]? Key,
        byte[] Value,
        RecordHeaderBuffer Headers
    );
}
