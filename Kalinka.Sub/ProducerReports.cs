using Kalinka.Common.Kafka;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Sub;

/// <summary>The reports of the one producer: of dead letters, and of records that go through the delivery topic.</summary>
internal sealed class ProducerReports(DeadLetters deadLetters, Relay relay) : IDeliveryReports
{
    public void OnDelivered(ReadOnlySpan<long> tokens)
    {
        foreach (var token in tokens)
        {
            if (token < Relay.FirstToken)
            {
                deadLetters.OnDelivered(token);
            }
            else
            {
                relay.OnDelivered(token);
            }
        }
    }

    public void OnFailed(long token, RecordError error, string description, in FailedRecord failed)
    {
        if (token < Relay.FirstToken)
        {
            deadLetters.OnFailed(token, error, failed);
        }
        else
        {
            relay.OnFailed(token, error, description);
        }
    }

    public void OnFatal(string description) => deadLetters.OnFatal(description);
}
