using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Producing;

namespace Kalinka.Pub;

/// <summary>
/// The way of one message from the receive buffer to the producer's queue, top to bottom: copies, mapping and headers,
/// presence, topic, record. On the seat's receive thread.
/// </summary>
internal sealed class MessagePath(
    FlowStages stages,
    SeatLane lane,
    SeatCounters counters,
    string brokerName,
    AgeMarker age
)
{
    private readonly RecordDraft _draft = new(stages.Mapping, counters, brokerName);
    private readonly TrafficPresence? _presence = stages.Presence?.TrafficOf(brokerName);
    private volatile SequenceHeader? _sequence;

    /// <summary>Any thread.</summary>
    public void Number(SequenceHeader? sequence) => _sequence = sequence;

    /// <summary>Passes a message on. Its <paramref name="size"/> bytes are the lane's or the producer's afterwards.</summary>
    /// <exception cref="OperationCanceledException">Given up while it waited; the bytes are the caller's again.</exception>
    public void Pass(in IncomingPublish publish, int size, CancellationToken giveUp)
    {
        if (publish.Malformed is { } fault)
        {
            counters.Malformed++;
            _draft.Describe(publish, stages.Time.GetUtcNow().ToUnixTimeMilliseconds(), _sequence);
            WriteDeadLetter(publish, Enter(publish, size), fault);
            return;
        }

        if (stages.Mapping.IsCopy(publish.Topic, publish.Properties))
        {
            counters.Copies++;
            SettleUnproduced(publish, size);
            return;
        }

        var now = stages.Time.GetUtcNow().ToUnixTimeMilliseconds();
        switch (_draft.Make(publish, now, _sequence))
        {
            case MappingVerdict.Mapped:
                NotePresence(publish, now);
                Produce(publish, size, giveUp);
                break;
            case MappingVerdict.Unmapped when !stages.DeadLetterUnmapped:
                counters.Unmapped++;
                SettleUnproduced(publish, size);
                break;
            case MappingVerdict.Unmapped:
                WriteDeadLetter(publish, Enter(publish, size), "no rule matches");
                break;
            default:
                WriteDeadLetter(publish, Enter(publish, size), _draft.Rejection!);
                break;
        }
    }

    /// <summary>Acknowledges a message in its turn, without a record.</summary>
    public void SettleUnproduced(in IncomingPublish publish, int size)
    {
        if (publish.Qos == 0)
        {
            stages.Budget.Return(size);
            return;
        }

        lane.Settle(lane.Enter(publish.PacketIdentifier, size, Fingerprint.Of(publish)));
        lane.Acknowledge();
    }

    // What has waited somewhere must not move a client back to where it was.
    private void NotePresence(in IncomingPublish publish, long now)
    {
        if (_draft.HasClient && _presence is { } presence)
        {
            presence.Seen(_draft.Client, fresh: !publish.Dup && !publish.Retain && age.IsFresh, now);
        }
    }

    private void Produce(in IncomingPublish publish, int size, CancellationToken giveUp)
    {
        var route = stages.Route.Find(_draft.KafkaTopic, wait: publish.Qos > 0, giveUp);
        if (route.KafkaTopic is { } kafkaTopic)
        {
            Produce(kafkaTopic, publish, size, giveUp);
        }
        else if (route.Unknown is { } reason)
        {
            WriteDeadLetter(publish, Enter(publish, size), reason);
        }
        else
        {
            Shed(size);
        }
    }

    private void Produce(KafkaTopic kafkaTopic, in IncomingPublish publish, int size, CancellationToken giveUp)
    {
        var token = Enter(publish, size);
        switch (Send(kafkaTopic, publish, token, giveUp))
        {
            case ProduceResult.Queued:
                _draft.UseNumber();
                break;
            case ProduceResult.QueueFull:
                Shed(size);
                break;
            case ProduceResult.TooLarge:
                WriteDeadLetter(publish, token, $"too large for the producer: {publish.Payload.Length} bytes");
                break;
            case ProduceResult.NotAuthorized:
                WriteDeadLetter(publish, token, $"not authorized to write to topic {kafkaTopic.Name}");
                break;
            default:
                WriteDeadLetter(publish, token, $"unknown topic {kafkaTopic.Name}");
                break;
        }
    }

    private ProduceResult Send(KafkaTopic kafkaTopic, in IncomingPublish publish, long token, CancellationToken giveUp)
    {
        try
        {
            return stages.Sender.Send(_draft.For(kafkaTopic, publish.Payload), token, wait: publish.Qos > 0, giveUp);
        }
        catch (OperationCanceledException)
        {
            lane.TakeBack(ProduceToken.Ticket(token));
            throw;
        }
    }

    private void WriteDeadLetter(in IncomingPublish publish, long token, string reason)
    {
        counters.DeadLettered++;
        _draft.UseNumber();
        var origin = Encoding.UTF8.GetBytes($"{brokerName}/{Encoding.UTF8.GetString(publish.Topic)}");
        stages.DeadLetters.Write(reason, origin, _draft.HasKey, _draft.Key, publish.Payload, _draft.Headers, token);
    }

    // Only QoS 0: nobody waits for it.
    private void Shed(int size)
    {
        counters.Shed++;
        stages.Budget.Return(size);
    }

    private long Enter(in IncomingPublish publish, int size) =>
        publish.Qos == 0
            ? ProduceToken.ForQos0(size)
            : ProduceToken.For(lane.Number, lane.Enter(publish.PacketIdentifier, size, Fingerprint.Of(publish)));
}
