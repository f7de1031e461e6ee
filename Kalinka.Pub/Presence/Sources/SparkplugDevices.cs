using Kalinka.Common.Directory;
using Kalinka.Common.Text;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// The devices behind the edge nodes of one broker, whose births have been seen; at most <see cref="MostDevices"/>. A device
/// beyond is told of, and outlives its node here.
/// </summary>
internal sealed class SparkplugDevices
{
    public const int MostDevices = 100_000;

    /// <summary>Bytes of a group and a node, or a group, a node and a device.</summary>
    public const int LongestDescriptor = ClientPath.LongestName;

    private readonly Dictionary<byte[], HashSet<byte[]>> _byNode = new(ByteArrayComparer.Instance);
    private readonly byte[] _descriptor = new byte[LongestDescriptor];
    private readonly byte[] _node = new byte[LongestDescriptor];
    private int _count;

    /// <summary><c>group/node</c> or <c>group/node/device</c>; valid until the next topic.</summary>
    public ReadOnlySpan<byte> Descriptor(scoped in SparkplugTopic topic) =>
        Join(topic.Group, topic.Source, _descriptor);

    public ReadOnlySpan<byte> Born(scoped in SparkplugTopic topic)
    {
        var device = Descriptor(topic);
        var node = Join(topic.Group, topic.Node, _node);
        var byNode = _byNode.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (_count < MostDevices)
        {
            if (!byNode.TryGetValue(node, out var devices))
            {
                devices = new HashSet<byte[]>(ByteArrayComparer.Instance);
                byNode[node] = devices;
            }

            _count += devices.GetAlternateLookup<ReadOnlySpan<byte>>().Add(device) ? 1 : 0;
        }

        return device;
    }

    public ReadOnlySpan<byte> Died(scoped in SparkplugTopic topic)
    {
        var device = Descriptor(topic);
        var byNode = _byNode.GetAlternateLookup<ReadOnlySpan<byte>>();
        var node = Join(topic.Group, topic.Node, _node);
        if (byNode.TryGetValue(node, out var devices))
        {
            _count -= devices.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(device) ? 1 : 0;
            if (devices.Count == 0)
            {
                byNode.Remove(node);
            }
        }

        return device;
    }

    /// <summary>The devices of a node. They stay known: whether its death counts is not decided here.</summary>
    public IReadOnlyCollection<byte[]>? Of(scoped in SparkplugTopic topic) =>
        _byNode
            .GetAlternateLookup<ReadOnlySpan<byte>>()
            .TryGetValue(Join(topic.Group, topic.Node, _node), out var devices)
            ? devices
            : null;

    private static ReadOnlySpan<byte> Join(
        scoped ReadOnlySpan<byte> group,
        scoped ReadOnlySpan<byte> source,
        byte[] into
    )
    {
        group.CopyTo(into);
        into[group.Length] = (byte)'/';
        source.CopyTo(into.AsSpan(group.Length + 1));
        return into.AsSpan(0, group.Length + 1 + source.Length);
    }
}
