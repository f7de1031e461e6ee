using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;

namespace Kalinka.Pub;

/// <summary>
/// What the rules and the protocol make of one message: topic, key, headers, or the reason why there is no way for it.
/// One per seat, made anew for every message, by one thread at a time.
/// </summary>
internal sealed class RecordDraft(PubMapping mapping, SeatCounters counters, string brokerName)
{
    private readonly byte[] _brokerName = Encoding.UTF8.GetBytes(brokerName);
    private readonly MappedRecord _mapped = new();
    private SequenceHeader? _sequence;
    private long _timestampMs;

    public ReadOnlySpan<byte> KafkaTopic => _mapped.KafkaTopic;

    public bool HasKey => _mapped.HasKey;

    public ReadOnlySpan<byte> Key => _mapped.Key;

    public RecordHeaderBuffer Headers => _mapped.Headers;

    /// <summary>The rule tells which client sent the message.</summary>
    public bool HasClient => _mapped.HasClient;

    public ReadOnlySpan<byte> Client => _mapped.Client;

    /// <summary>Why the message goes no further; null when it does.</summary>
    public string? Rejection => _mapped.Rejection;

    /// <summary>Maps a message and writes its headers. Never throws.</summary>
    /// <param name="receivedMs">Unix milliseconds.</param>
    /// <param name="sequence">Null: records are not numbered.</param>
    public MappingVerdict Make(in IncomingPublish publish, long receivedMs, SequenceHeader? sequence)
    {
        (_timestampMs, _sequence) = (receivedMs, sequence);
        try
        {
            var hops = HopsOf(publish.Properties);
            var verdict = mapping.Map(publish.Topic, publish.Properties, _brokerName, _mapped);
            AddHeaders(publish, hops);
            return hops > Hops.Maximum ? Reject($"loop: {hops} hops") : verdict;
        }
        catch (Exception exception)
        {
            // Whatever one message throws is a rejection of that message, never the end of the pipeline. Its number, the
            // last header, was not written.
            _sequence = null;
            return Reject($"mapping failed: {exception.Message}");
        }
    }

    /// <summary>The headers of a message that cannot be mapped, because it is malformed.</summary>
    public void Describe(in IncomingPublish publish, long receivedMs, SequenceHeader? sequence)
    {
        (_timestampMs, _sequence) = (receivedMs, sequence);
        _mapped.Clear();
        AddHeaders(publish, Hops.None);
    }

    /// <summary>The record, with this value.</summary>
    public OutgoingRecord For(KafkaTopic kafkaTopic, ReadOnlySpan<byte> value) =>
        new()
        {
            KafkaTopic = kafkaTopic,
            HasKey = HasKey,
            Key = Key,
            Value = value,
            Headers = Headers,
            TimestampMs = _timestampMs,
        };

    /// <summary>The record has been taken: its number is used.</summary>
    public void UseNumber() => _sequence?.Use();

    private static int HopsOf(PublishProperties properties) =>
        properties.TryGetUserProperty(HeaderNames.Hops, out var text) && Hops.TryParse(text, out var hops)
            ? hops
            : Hops.None;

    private MappingVerdict Reject(string reason)
    {
        _mapped.Rejection = reason;
        return MappingVerdict.Rejected;
    }

    private void AddHeaders(in IncomingPublish publish, int hops)
    {
        var headers = Headers;
        var ofTheRule = headers.Count;
        MessageHeaders.AddProtocol(headers, publish, _brokerName, _timestampMs);
        counters.ForgedHeaders += MessageHeaders.AddUserProperties(headers, publish.Properties, ofTheRule);
        Span<byte> text = stackalloc byte[11];
        headers.Add(HeaderNames.Hops, Hops.FormatNext(hops, text));
        _sequence?.AddTo(headers);
    }
}
