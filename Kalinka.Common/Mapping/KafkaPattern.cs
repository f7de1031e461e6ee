namespace Kalinka.Common.Mapping;

/// <summary>
/// A Kafka topic name in which <c>{name}</c> stands for a run of one or more legal characters without a dot. Where a
/// segment holds several captures, each but the last takes as little as it can. A pattern with captures never matches a
/// reserved name (<see cref="KafkaTopicName.IsReserved"/>).
/// </summary>
public sealed class KafkaPattern
{
    private readonly KafkaPatternPart[] _parts;

    internal KafkaPattern(string text, KafkaPatternPart[] parts, IReadOnlyList<string> captures)
    {
        Text = text;
        Captures = captures;
        _parts = parts;
        Subscription = captures.Count == 0 ? text : KafkaPatternRegex.Write(parts);
    }

    /// <summary>As it is written in the configuration.</summary>
    public string Text { get; }

    /// <summary>Names, in the order of <see cref="TryMatch"/>.</summary>
    public IReadOnlyList<string> Captures { get; }

    public bool IsLiteral => Captures.Count == 0;

    /// <summary>
    /// The topic's name, or for a pattern with captures a POSIX extended regular expression from <c>^</c> to <c>$</c>,
    /// as librdkafka takes it. It matches what the pattern matches, and of the reserved names Kalinka's own.
    /// </summary>
    public string Subscription { get; }

    /// <param name="into">As many as there are <see cref="Captures"/>.</param>
    public bool TryMatch(ReadOnlySpan<byte> kafkaTopic, Span<CaptureRange> into)
    {
        if (!KafkaTopicName.IsLegal(kafkaTopic) || (!IsLiteral && KafkaTopicName.IsReserved(kafkaTopic)))
        {
            return false;
        }

        var position = 0;
        var captured = 0;
        for (var index = 0; index < _parts.Length; index++)
        {
            var length = _parts[index].IsCapture
                ? RunLength(kafkaTopic[position..], next: index + 1)
                : LiteralLength(kafkaTopic[position..], _parts[index].Literal);
            if (length <= 0)
            {
                return false;
            }

            if (_parts[index].IsCapture)
            {
                into[captured++] = new CaptureRange(position, length);
            }

            position += length;
        }

        return position == kafkaTopic.Length;
    }

    private static int LiteralLength(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> literal) =>
        rest.StartsWith(literal) ? literal.Length : 0;

    /// <summary>
    /// What a capture takes: all when nothing follows it, up to the end when the last literal does, else up to the
    /// first place where the next literal stands; 0 when that is no run.
    /// </summary>
    private int RunLength(ReadOnlySpan<byte> rest, int next)
    {
        var length = rest.Length;
        if (next < _parts.Length)
        {
            var literal = _parts[next].Literal;
            var last = next == _parts.Length - 1;
            length =
                last ? rest.Length - literal.Length
                : rest.IsEmpty ? 0
                : 1 + rest[1..].IndexOf(literal);
        }

        return length > 0 && !rest[..length].Contains((byte)'.') ? length : 0;
    }
}
