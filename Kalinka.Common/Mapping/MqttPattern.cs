namespace Kalinka.Common.Mapping;

/// <summary>
/// A topic filter in which levels have names: <c>{name}</c> is a captured <c>+</c>, a last <c>{name...}</c> a captured
/// <c>#</c>. Like <c>a/#</c>, <c>a/{rest...}</c> matches <c>a</c> too, with an empty capture.
/// </summary>
public sealed class MqttPattern
{
    /// <summary>More than any broker takes (Mosquitto 200, EMQX 128), and few enough to walk on a small stack.</summary>
    public const int MaximumLevels = 1000;

    private readonly int[] _captureOfLevel;

    /// <param name="captureOfLevel">For each level the number of its capture, or -1.</param>
    internal MqttPattern(string text, TopicFilter filter, IReadOnlyList<string> captures, int[] captureOfLevel)
    {
        Text = text;
        Filter = filter;
        Captures = captures;
        _captureOfLevel = captureOfLevel;
    }

    /// <summary>As it is written in the configuration.</summary>
    public string Text { get; }

    public TopicFilter Filter { get; }

    /// <summary>Names, in the order of <see cref="Capture"/>.</summary>
    public IReadOnlyList<string> Captures { get; }

    /// <summary>Finds the captures in a topic that matches <see cref="Filter"/>.</summary>
    /// <param name="into">As many as there are <see cref="Captures"/>.</param>
    public void Capture(ReadOnlySpan<byte> mqttTopic, Span<CaptureRange> into)
    {
        var topic = new TopicLevels(mqttTopic);
        for (var index = 0; index < _captureOfLevel.Length; index++)
        {
            topic.MoveNext();
            var capture = _captureOfLevel[index];
            if (capture >= 0)
            {
                var rest = Filter.Levels[index].Kind == LevelKind.Rest;
                into[capture] = new CaptureRange(
                    topic.Start,
                    rest ? mqttTopic.Length - topic.Start : topic.Current.Length
                );
            }
        }
    }
}
