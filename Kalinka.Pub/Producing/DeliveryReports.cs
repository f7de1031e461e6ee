using System.Text;
using Kalinka.Common.Delivery;
using Kalinka.Common.Kafka;
using Kalinka.Common.Records;

namespace Kalinka.Pub.Producing;

/// <summary>
/// Takes the delivery reports back to the lanes they came from: confirmed records are acknowledged, those that can
/// never be written become dead letters. On the producer's report thread.
/// </summary>
internal sealed class DeliveryReports(LaneTable lanes, ByteBudget budget, ProducingCounters counters) : IDeliveryReports
{
    private readonly List<SeatLane> _touched = [];
    private readonly TaskCompletionSource<string> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where failed records go; set once, before anything is produced.</summary>
    public DeadLetterWriter? DeadLetters { get; set; }

    /// <summary>Completes with the reason when the producer cannot go on.</summary>
    public Task<string> Fatal => _fatal.Task;

    public void OnDelivered(ReadOnlySpan<long> tokens)
    {
        foreach (var token in tokens)
        {
            Settle(token);
        }

        Interlocked.Add(ref counters.Produced, tokens.Length);
        AcknowledgeTouched();
    }

    public void OnFailed(long token, RecordError error, string description, in FailedRecord failed)
    {
        if (error == RecordError.Purged)
        {
            Abandon(token);
        }
        else if (failed.KafkaTopic == DeadLetters!.KafkaTopic)
        {
            DeadLetters.Rewrite(error, failed, token);
        }
        else
        {
            WriteDeadLetter(token, error, description, failed);
        }
    }

    public void OnFatal(string description) => _fatal.TrySetResult(description);

    private void Settle(long token)
    {
        if (lanes.Find(token) is not { } lane)
        {
            budget.Return(ProduceToken.Qos0Size(token));
            return;
        }

        lane.Settle(ProduceToken.Ticket(token));
        if (!lane.Touched)
        {
            lane.Touched = true;
            _touched.Add(lane);
        }
    }

    private void Abandon(long token)
    {
        if (lanes.Find(token) is { } lane)
        {
            lane.Abandon(ProduceToken.Ticket(token));
        }
        else
        {
            budget.Return(ProduceToken.Qos0Size(token));
        }
    }

    private void AcknowledgeTouched()
    {
        foreach (var lane in _touched)
        {
            lane.Touched = false;
            lane.Acknowledge();
        }

        _touched.Clear();
    }

    private void WriteDeadLetter(long token, RecordError error, string description, in FailedRecord failed)
    {
        Interlocked.Increment(ref counters.DeadLettered);
        var reason = error switch
        {
            RecordError.UnknownTopic => $"unknown topic {failed.KafkaTopic}",
            RecordError.TooLarge => $"too large for topic {failed.KafkaTopic}",
            _ => $"Kafka refused the record for topic {failed.KafkaTopic}: {description}",
        };
        var headers = failed.Headers;
        var broker = Text(headers, HeaderNames.MqttBroker);
        var mqttTopic = Text(headers, HeaderNames.MqttTopic);
        var origin = Encoding.UTF8.GetBytes($"{broker}/{mqttTopic}");
        DeadLetters!.Write(reason, origin, failed.HasKey, failed.Key, failed.Value, headers, token);
    }

    private static string Text(RecordHeaderBuffer headers, ReadOnlySpan<byte> name)
    {
        // The last of that name: Kalinka's own stands behind whatever a rule has set.
        for (var index = headers.Count - 1; index >= 0; index--)
        {
            if (headers.Name(index).SequenceEqual(name))
            {
                return Encoding.UTF8.GetString(headers.Value(index));
            }
        }

        return "";
    }
}
