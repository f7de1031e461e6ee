namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// Sparkplug B: births and deaths of edge nodes, <c>spBv1.0/{group}/NBIRTH/{node}</c>, and of the devices behind them,
/// <c>spBv1.0/{group}/DBIRTH/{node}/{device}</c>. The client is the descriptor of the specification, <c>group/node</c> and
/// <c>group/node/device</c>: topics name no Client Identifier.
/// </summary>
/// <remarks>
/// A node's death certificate is its will and counts only with the <c>bdSeq</c> of its last birth. With a node its devices are
/// gone, as far as their births were seen here.
/// </remarks>
internal sealed class Sparkplug : IPresenceSource
{
    private readonly SparkplugDevices _devices = new();

    public string Name => "Sparkplug";

    public IReadOnlyList<string> Filters { get; } =
    ["spBv1.0/+/NBIRTH/+", "spBv1.0/+/NDEATH/+", "spBv1.0/+/DBIRTH/+/+", "spBv1.0/+/DDEATH/+/+"];

    private static ReadOnlySpan<byte> Beginning => "spBv1.0/"u8;

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        mqttTopic.StartsWith(Beginning)
        && SparkplugTopic.TryRead(mqttTopic[Beginning.Length..], out var topic)
        && topic.Type != SparkplugType.Other;

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        if (!SparkplugTopic.TryRead(mqttTopic[Beginning.Length..], out var topic))
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }

        if (!SparkplugPayload.TryFindBdSeq(payload, out var bdSeq))
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }

        if (topic.Group.Length + topic.Source.Length >= SparkplugDevices.LongestDescriptor)
        {
            return PresenceNote.Nothing(Ignored.TooLong);
        }

        // One more, because 0 says that there is none.
        var session = bdSeq is { } number ? unchecked((long)number + 1) : 0;
        return topic.Type switch
        {
            SparkplugType.NodeBirth or SparkplugType.NodeDeath when session == 0 => PresenceNote.Nothing(
                Ignored.Malformed
            ),
            SparkplugType.NodeBirth => PresenceNote.Of(NoteKind.Online, _devices.Descriptor(topic)) with
            {
                Session = session,
            },
            SparkplugType.NodeDeath => PresenceNote.Of(NoteKind.Offline, _devices.Descriptor(topic)) with
            {
                Session = session,
                Dependents = _devices.Of(topic),
            },
            SparkplugType.DeviceBirth => PresenceNote.Of(NoteKind.Online, _devices.Born(topic)),
            SparkplugType.DeviceDeath => PresenceNote.Of(NoteKind.Offline, _devices.Died(topic)),
            _ => PresenceNote.Nothing(Ignored.Unrelated),
        };
    }
}
