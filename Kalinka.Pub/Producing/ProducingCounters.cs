namespace Kalinka.Pub.Producing;

/// <summary>Totals of what went to Kafka. Written with <see cref="Interlocked"/>, read by the metrics.</summary>
internal sealed class ProducingCounters
{
    /// <summary>Records confirmed by Kafka, dead letters included.</summary>
    public long Produced;

    /// <summary>Messages that took the way of a dead letter.</summary>
    public long DeadLettered;
}
