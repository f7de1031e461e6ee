using System.Text;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka;

/// <summary>A record as it was read: a view of what the client library holds, nothing is copied.</summary>
public readonly struct ConsumedRecord
{
    private readonly ConsumeResult<byte[]?, byte[]?> _result;

    // Where it was written first, when that is somewhere else.
    private readonly TopicPartition _origin;
    private readonly long _originOffset;

    internal ConsumedRecord(ConsumeResult<byte[]?, byte[]?> result) => _result = result;

    private ConsumedRecord(ConsumeResult<byte[]?, byte[]?> result, TopicPartition origin, long originOffset) =>
        (_result, _origin, _originOffset) = (result, origin, originOffset);

    /// <summary>A record from parts, for a dry run or a test.</summary>
    public ConsumedRecord(
        TopicPartition partition,
        long offset,
        long timestampMs,
        byte[]? key,
        byte[]? value,
        IEnumerable<KeyValuePair<string, byte[]?>> headers
    )
    {
        var kafkaHeaders = new Headers();
        foreach (var (name, content) in headers)
        {
            kafkaHeaders.Add(name, content);
        }

        _result = new ConsumeResult<byte[]?, byte[]?>
        {
            Topic = partition.KafkaTopic,
            Partition = partition.Partition,
            Offset = offset,
            Message = new Message<byte[]?, byte[]?>
            {
                Key = key,
                Value = value,
                Headers = kafkaHeaders,
                Timestamp = new Timestamp(timestampMs, TimestampType.CreateTime),
            },
        };
    }

    public string KafkaTopic => _origin.KafkaTopic ?? _result.Topic;

    public TopicPartition Partition =>
        _origin.KafkaTopic is null ? new(_result.Topic, _result.Partition.Value) : _origin;

    public long Offset => _origin.KafkaTopic is null ? _result.Offset.Value : _originOffset;

    /// <summary>Unix milliseconds.</summary>
    public long TimestampMs => _result.Message.Timestamp.UnixTimestampMs;

    /// <summary>False for a null key.</summary>
    public bool HasKey => _result.Message.Key is not null;

    public ReadOnlySpan<byte> Key => _result.Message.Key;

    /// <summary>Empty for a tombstone too: see <see cref="HasValue"/>.</summary>
    public ReadOnlySpan<byte> Value => _result.Message.Value;

    public bool HasValue => _result.Message.Value is not null;

    public int HeaderCount => _result.Message.Headers?.Count ?? 0;

    public string HeaderName(int index) => _result.Message.Headers[index].Key;

    public ReadOnlySpan<byte> HeaderValue(int index) => _result.Message.Headers[index].GetValueBytes();

    /// <summary>The same record as it stood where it was written first.</summary>
    public ConsumedRecord From(TopicPartition origin, long offset) => new(_result, origin, offset);

    /// <summary>The first header of that name, UTF-8.</summary>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var index = 0; index < HeaderCount; index++)
        {
            if (IsNamed(HeaderName(index), name))
            {
                value = HeaderValue(index);
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool IsNamed(string header, ReadOnlySpan<byte> name) =>
        Ascii.Equals(name, header) || (!Ascii.IsValid(name) && IsInUtf8(header, name));

    private static bool IsInUtf8(string text, ReadOnlySpan<byte> bytes)
    {
        Span<byte> encoded = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var character = encoded[..rune.EncodeToUtf8(encoded)];
            if (!bytes.StartsWith(character))
            {
                return false;
            }

            bytes = bytes[character.Length..];
        }

        return bytes.IsEmpty;
    }
}
