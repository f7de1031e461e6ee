namespace Kalinka.Common.Mapping;

/// <summary>Walks the levels of a topic name in place; empty levels count [MQTT-4.7.1].</summary>
internal ref struct TopicLevels(ReadOnlySpan<byte> mqttTopic)
{
    private readonly ReadOnlySpan<byte> _topic = mqttTopic;
    private int _next;

    /// <summary>Where the current level begins; past the end, the length of the topic.</summary>
    public int Start { get; private set; }

    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MoveNext()
    {
        if (_next > _topic.Length)
        {
            Start = _topic.Length;
            Current = default;
            return false;
        }

        Start = _next;
        var rest = _topic[_next..];
        var slash = rest.IndexOf((byte)'/');
        Current = slash < 0 ? rest : rest[..slash];
        _next += Current.Length + 1;
        return true;
    }
}
