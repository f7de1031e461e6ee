using System.Buffers;

namespace Kalinka.Common.Mapping;

/// <summary>What Kafka takes as the name of a topic (<c>org.apache.kafka.common.internals.Topic</c>).</summary>
public static class KafkaTopicName
{
    /// <summary>In characters, which are bytes here.</summary>
    public const int MaximumLength = 249;

    private static readonly SearchValues<byte> Legal = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"u8
    );

    public static bool IsLegal(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaximumLength
        && HasLegalCharacters(name)
        && !name.SequenceEqual("."u8)
        && !name.SequenceEqual(".."u8);

    public static bool HasLegalCharacters(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(Legal);

    public static bool IsLegalCharacter(char character) => character < 128 && Legal.Contains((byte)character);

    /// <summary>
    /// Names that only a literal may address, never a value or a capture: Kafka's internal topics, and Kalinka's own.
    /// </summary>
    public static bool IsReserved(ReadOnlySpan<byte> name) =>
        name.StartsWith("__"u8)
        || name.SequenceEqual("kalinka.delivery"u8)
        || name.SequenceEqual("kalinka.dead-letter"u8);
}
