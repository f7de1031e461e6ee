using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Records;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Writes records to their brokers' partitions of the delivery topic. A record leaves its client's lane as soon as the
/// producer has it: the producer keeps the order, so the next one need not wait for its report. The dispatcher's.
/// </summary>
/// <param name="advance">Takes a lane that may try again.</param>
/// <param name="confirmed">Takes a delivery that is safe in its partition.</param>
/// <param name="refused">Takes a delivery that Kafka does not take, and why.</param>
internal sealed class Relay(
    DeliveryPool pool,
    Inbox inbox,
    TurnClock clock,
    string kafkaTopic,
    Action<ClientLane> advance,
    Action<Delivery> confirmed,
    Action<Delivery, string> refused
)
{
    /// <summary>What is added to a delivery's slot, to tell its reports from those of dead letters.</summary>
    public const long FirstToken = 1L << 40;

    private readonly byte[] _kafkaTopic = Encoding.UTF8.GetBytes(kafkaTopic);
    private readonly Action<object> _confirmed = delivery => confirmed((Delivery)delivery);
    private readonly RecordHeaderBuffer _headers = new();
    private readonly LaneQueue _waiting = new();
    private IRecordProducer _producer = null!;
    private ITopicCatalog _catalog = null!;

    /// <summary>Where it writes to.</summary>
    public void WriteTo(IRecordProducer producer, ITopicCatalog catalog) => (_producer, _catalog) = (producer, catalog);

    /// <summary>Records that wait for the producer or the topic. The dispatcher's.</summary>
    public int CountRecords() => _waiting.CountRecords();

    /// <summary>The topic has that partition; null while that is not known. False when there is no such topic.</summary>
    public bool? Has(int partition) =>
        _catalog.Find(_kafkaTopic, out var topic) switch
        {
            TopicLookup.Known when partition < topic!.PartitionCount => true,
            TopicLookup.Unknown => false,
            _ => null,
        };

    /// <summary>Hands the record to the producer.</summary>
    /// <param name="reason">Why it is refused.</param>
    public RelayResult Send(Delivery delivery, int partition, out string reason)
    {
        reason = "";
        if (Find() is not { } topic || partition >= topic.PartitionCount)
        {
            return RelayResult.Later;
        }

        ref readonly var record = ref delivery.Record;
        DeliveryRecord.WriteHeaders(record, delivery.Hop + 1, _headers);
        var result = _producer.TryProduce(
            topic.On(partition),
            record.HasKey,
            record.Key,
            record.Value,
            _headers,
            record.TimestampMs > 0 ? record.TimestampMs : clock.UnixMs,
            FirstToken + delivery.Slot
        );
        switch (result)
        {
            case ProduceResult.Queued:
                delivery.Lane!.Remove(delivery);
                delivery.RelayedTo = partition;
                return RelayResult.Sent;
            case ProduceResult.TooLarge:
                reason = $"larger than {kafkaTopic} takes";
                return RelayResult.Refused;
            default:
                return RelayResult.Later;
        }
    }

    /// <summary>The lane waits for the producer, or for the topic.</summary>
    public void Enqueue(ClientLane lane) => _waiting.AddLast(lane);

    /// <summary>Lets those that wait try again.</summary>
    public void Tick()
    {
        for (var count = _waiting.Count; count > 0 && _waiting.First is { } lane; count--)
        {
            _waiting.Remove(lane);
            advance(lane);
        }
    }

    /// <summary>On the producer's report thread.</summary>
    public void OnDelivered(long token) => inbox.Post(_confirmed, pool[token - FirstToken]);

    /// <summary>On the producer's report thread.</summary>
    public void OnFailed(long token, RecordError error, string description)
    {
        // Purged only when the daemon stops: then the record is read again after the restart.
        if (error != RecordError.Purged)
        {
            var delivery = pool[token - FirstToken];
            inbox.Post(() => refused(delivery, $"{kafkaTopic} does not take it: {description}"));
        }
    }

    private KafkaTopic? Find() => _catalog.Find(_kafkaTopic, out var topic) == TopicLookup.Known ? topic : null;
}

/// <summary>What became of an attempt to relay.</summary>
internal enum RelayResult
{
    /// <summary>The producer has it; its report comes.</summary>
    Sent,

    /// <summary>The producer is full, or the topic does not have the partition yet.</summary>
    Later,

    /// <summary>It cannot be written, now or ever.</summary>
    Refused,
}
