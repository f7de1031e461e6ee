using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;

namespace Kalinka.Pub;

/// <summary>
/// The way of one message from the receive buffer to the producer's queue, top to bottom: copies, mapping, headers,
/// presence, topic, record. On the seat's receive thread.
/// </summary>
internal sealed class MessagePath(FlowStages stages, SeatLane lane, SeatCounters counters, string brokerName)
{
    private readonly byte[] _brokerName = Encoding.UTF8.GetBytes(brokerName);
    private readonly MappedRecord _mapped = new();
    private volatile SequenceHeader? _sequence;
    private long _nowMs;

    /// <summary>Any thread.</summary>
    public void Number(SequenceHeader? sequence) => _sequence = sequence;

    /// <summary>Passes a message on. Its <paramref name="size"/> bytes are the lane's or the producer's afterwards.</summary>
    /// <exception cref="OperationCanceledException">Given up while it waited; the bytes are the caller's again.</exception>
    public void Pass(in IncomingPublish publish, int size, CancellationToken giveUp)
    {
        _nowMs = stages.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (stages.Mapping.IsCopy(publish.Topic, publish.Properties))
        {
            counters.Copies++;
            SettleUnproduced(publish, size);
            return;
        }

        switch (Map(publish, out var hops))
        {
            case MappingVerdict.Mapped:
                AddHeaders(publish, hops);
                Produce(publish, size, giveUp);
                break;
            case MappingVerdict.Unmapped when !stages.DeadLetterUnmapped:
                counters.Unmapped++;
                SettleUnproduced(publish, size);
                break;
            case MappingVerdict.Unmapped:
                Reject(publish, size, hops, "no rule matches");
                break;
            default:
                Reject(publish, size, hops, _mapped.Rejection!);
                break;
        }
    }

    private MappingVerdict Map(in IncomingPublish publish, out int hops)
    {
        hops = Hops.None;
        try
        {
            if (
                publish.Properties.TryGetUserProperty(HeaderNames.Hops, out var text)
                && Hops.TryParse(text, out var said)
            )
            {
                hops = said;
            }

            var verdict = stages.Mapping.Map(publish.Topic, publish.Properties, _brokerName, _mapped);
            return hops > Hops.Maximum ? Rejected($"loop: {hops} hops") : verdict;
        }
        catch (Exception exception)
        {
            // Whatever one message throws is a rejection of that message, never the end of the pipeline.
            return Rejected($"mapping failed: {exception.Message}");
        }
    }

    private MappingVerdict Rejected(string reason)
    {
        _mapped.Rejection = reason;
        return MappingVerdict.Rejected;
    }

    private void AddHeaders(in IncomingPublish publish, int hops)
    {
        var headers = _mapped.Headers;
        var ofTheRule = headers.Count;
        MessageHeaders.AddProtocol(headers, publish, _brokerName, _nowMs);
        counters.ForgedHeaders += MessageHeaders.AddUserProperties(headers, publish.Properties, ofTheRule);
        Span<byte> text = stackalloc byte[11];
        headers.Add(HeaderNames.Hops, Hops.FormatNext(hops, text));
        _sequence?.AddTo(headers);
    }

    private void Produce(in IncomingPublish publish, int size, CancellationToken giveUp)
    {
        if (_mapped.HasClient)
        {
            stages.Presence?.Seen(_mapped.Client, brokerName, fresh: !publish.Dup && !publish.Retain);
        }

        if (stages.Route.Find(_mapped.KafkaTopic, giveUp, out var unknown) is not { } kafkaTopic)
        {
            WriteDeadLetter(publish, Enter(publish, size), _mapped.HasKey, unknown!);
            return;
        }

        var token = Enter(publish, size);
        switch (Send(kafkaTopic, publish, token, giveUp))
        {
            case ProduceResult.Queued:
                _sequence?.Use();
                break;
            case ProduceResult.QueueFull:
                counters.Shed++;
                stages.Budget.Return(size);
                break;
            case ProduceResult.TooLarge:
                WriteDeadLetter(
                    publish,
                    token,
                    _mapped.HasKey,
                    $"too large for the producer: {publish.Payload.Length} bytes"
                );
                break;
            default:
                WriteDeadLetter(publish, token, _mapped.HasKey, $"unknown topic {kafkaTopic.Name}");
                break;
        }
    }

    private ProduceResult Send(KafkaTopic kafkaTopic, in IncomingPublish publish, long token, CancellationToken giveUp)
    {
        var record = new OutgoingRecord
        {
            KafkaTopic = kafkaTopic,
            HasKey = _mapped.HasKey,
            Key = _mapped.Key,
            Value = publish.Payload,
            Headers = _mapped.Headers,
            TimestampMs = _nowMs,
        };
        try
        {
            return stages.Sender.Send(record, token, wait: publish.Qos > 0, giveUp);
        }
        catch (OperationCanceledException)
        {
            lane.TakeBack(ProduceToken.Ticket(token));
            throw;
        }
    }

    private void Reject(in IncomingPublish publish, int size, int hops, string reason)
    {
        _mapped.Headers.Clear();
        AddHeaders(publish, hops);
        WriteDeadLetter(publish, Enter(publish, size), hasKey: false, reason);
    }

    private void WriteDeadLetter(in IncomingPublish publish, long token, bool hasKey, string reason)
    {
        counters.DeadLettered++;
        _sequence?.Use();
        var origin = Encoding.UTF8.GetBytes($"{brokerName}/{Encoding.UTF8.GetString(publish.Topic)}");
        var key = hasKey ? _mapped.Key : default;
        stages.DeadLetters.Write(reason, origin, hasKey, key, publish.Payload, _mapped.Headers, token);
    }

    private void SettleUnproduced(in IncomingPublish publish, int size)
    {
        if (publish.Qos == 0)
        {
            stages.Budget.Return(size);
            return;
        }

        lane.Settle(lane.Enter(publish.PacketIdentifier, size));
        lane.Acknowledge();
    }

    private long Enter(in IncomingPublish publish, int size) =>
        publish.Qos == 0
            ? ProduceToken.ForQos0(size)
            : ProduceToken.For(lane.Number, lane.Enter(publish.PacketIdentifier, size));
}
