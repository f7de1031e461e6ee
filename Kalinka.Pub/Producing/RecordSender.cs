using Kalinka.Common.Kafka;

namespace Kalinka.Pub.Producing;

/// <summary>Hands records to the producer and waits when its queue is full. Any thread.</summary>
internal sealed class RecordSender(IRecordProducer producer)
{
    private static readonly TimeSpan QueuePoll = TimeSpan.FromMilliseconds(20);

    /// <summary>Produces; while the queue is full it waits for reports to make room, if asked to.</summary>
    /// <exception cref="OperationCanceledException">Given up while waiting; the record was not taken.</exception>
    public ProduceResult Send(in OutgoingRecord record, long token, bool wait, CancellationToken giveUp)
    {
        while (true)
        {
            var result = producer.TryProduce(
                record.KafkaTopic,
                record.HasKey,
                record.Key,
                record.Value,
                record.Headers,
                record.TimestampMs,
                token
            );
            if (result != ProduceResult.QueueFull || !wait)
            {
                return result;
            }

            giveUp.WaitHandle.WaitOne(QueuePoll);
            giveUp.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>A record on its way into the producer's queue; the spans need to live only during the call.</summary>
internal readonly ref struct OutgoingRecord
{
    public required KafkaTopic KafkaTopic { get; init; }
    public required bool HasKey { get; init; }
    public required ReadOnlySpan<byte> Key { get; init; }
    public required ReadOnlySpan<byte> Value { get; init; }
    public required RecordHeaderBuffer Headers { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long TimestampMs { get; init; }
}
