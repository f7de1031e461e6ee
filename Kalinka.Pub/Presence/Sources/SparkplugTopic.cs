namespace Kalinka.Pub.Presence.Sources;

internal enum SparkplugType
{
    Other,
    NodeBirth,
    NodeDeath,
    DeviceBirth,
    DeviceDeath,
}

/// <summary>A topic of Sparkplug B behind its namespace: <c>group/type/node</c> or <c>group/type/node/device</c>.</summary>
internal readonly ref struct SparkplugTopic
{
    public SparkplugType Type { get; private init; }

    public ReadOnlySpan<byte> Group { get; private init; }

    /// <summary><c>node</c> or <c>node/device</c>.</summary>
    public ReadOnlySpan<byte> Source { get; private init; }

    public ReadOnlySpan<byte> Node => IsDevice ? Source[..Source.IndexOf((byte)'/')] : Source;

    private bool IsDevice => Type is SparkplugType.DeviceBirth or SparkplugType.DeviceDeath;

    public static bool TryRead(ReadOnlySpan<byte> text, out SparkplugTopic topic)
    {
        topic = default;
        var group = text.IndexOf((byte)'/');
        var type = group > 0 ? text[(group + 1)..].IndexOf((byte)'/') : -1;
        if (type <= 0)
        {
            return false;
        }

        topic = new SparkplugTopic
        {
            Type = TypeOf(text.Slice(group + 1, type)),
            Group = text[..group],
            Source = text[(group + 1 + type + 1)..],
        };
        var slash = topic.Source.IndexOf((byte)'/');
        return topic.IsDevice
            ? slash > 0 && slash < topic.Source.Length - 1 && !topic.Source[(slash + 1)..].Contains((byte)'/')
            : !topic.Source.IsEmpty && slash < 0;
    }

    private static SparkplugType TypeOf(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("NBIRTH"u8) ? SparkplugType.NodeBirth
        : text.SequenceEqual("NDEATH"u8) ? SparkplugType.NodeDeath
        : text.SequenceEqual("DBIRTH"u8) ? SparkplugType.DeviceBirth
        : text.SequenceEqual("DDEATH"u8) ? SparkplugType.DeviceDeath
        : SparkplugType.Other;
}
