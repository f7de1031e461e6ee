using System.Globalization;
using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Records;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub;

/// <summary>
/// Writes records as dead letters, with their key, value and headers, and reports when one has been confirmed. Its
/// origin is written <c>topic/partition/offset</c>.
/// </summary>
/// <param name="confirmed">Called by the dispatcher for a delivery whose dead letter is safe.</param>
/// <param name="failed">The producer cannot go on; any thread.</param>
internal sealed class DeadLetters(DeliveryPool pool, Inbox inbox, Action<Delivery> confirmed, Action<string> failed)
{
    private readonly Action<object> _confirmed = delivery => confirmed((Delivery)delivery);
    private readonly RecordHeaderBuffer _headers = new();
    private DeadLetterWriter? _writer;

    /// <summary>Where they are written to; the writer's producer reports to this object.</summary>
    public void WriteTo(DeadLetterWriter writer) => _writer = writer;

    /// <summary>Writes one. The dispatcher's.</summary>
    public void Write(Delivery delivery, string reason)
    {
        ref readonly var record = ref delivery.Record;
        _headers.Clear();
        for (var index = 0; index < record.HeaderCount; index++)
        {
            var name = Encoding.UTF8.GetBytes(record.HeaderName(index));
            if (!HeaderNames.IsOfDeadLetter(name) && !name.SequenceEqual(HeaderNames.DeliveryHops))
            {
                _headers.Add(name, record.HeaderValue(index));
            }
        }

        var origin = string.Create(
            CultureInfo.InvariantCulture,
            $"{record.KafkaTopic}/{record.Partition.Partition}/{record.Offset}"
        );
        _writer!.Write(
            reason,
            Encoding.UTF8.GetBytes(origin),
            record.HasKey,
            record.Key,
            record.Value,
            _headers,
            delivery.Slot
        );
    }

    /// <summary>On the producer's report thread.</summary>
    public void OnDelivered(long token) => inbox.Post(_confirmed, pool[token]);

    /// <summary>On the producer's report thread.</summary>
    public void OnFailed(long token, RecordError error, in FailedRecord failed)
    {
        // Purged only when the daemon stops: then the record is read again after the restart.
        if (error != RecordError.Purged)
        {
            _writer!.Rewrite(error, failed, token);
        }
    }

    /// <summary>On the producer's report thread.</summary>
    public void OnFatal(string description) => failed(description);
}
