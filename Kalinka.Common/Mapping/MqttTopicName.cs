using System.Buffers;
using System.Text.Unicode;

namespace Kalinka.Common.Mapping;

/// <summary>What MQTT takes as the topic name of a PUBLISH [MQTT-3.3.2-2, 4.7.1, 4.7.3].</summary>
public static class MqttTopicName
{
    /// <summary>In bytes of UTF-8 [MQTT-4.7.3-3].</summary>
    public const int MaximumLength = ushort.MaxValue;

    private static readonly SearchValues<byte> Forbidden = SearchValues.Create("+#\0"u8);
    private static readonly SearchValues<byte> ForbiddenInLevel = SearchValues.Create("/+#\0"u8);

    /// <summary>What is wrong with the name, as the end of a sentence; null when it is legal.</summary>
    public static string? Problem(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return "is empty";
        }

        if (name.Length > MaximumLength)
        {
            return "is longer than 65,535 bytes";
        }

        return ProblemInPart(name, manyLevels: true);
    }

    /// <summary>What is wrong with a part of a name; null when it may stand there.</summary>
    /// <param name="manyLevels">Whether the part may hold <c>/</c>.</param>
    public static string? ProblemInPart(ReadOnlySpan<byte> part, bool manyLevels)
    {
        var at = part.IndexOfAny(manyLevels ? Forbidden : ForbiddenInLevel);
        return at >= 0 ? Describe(part[at])
            : Utf8.IsValid(part) ? null
            : "is not well-formed UTF-8";
    }

    private static string Describe(byte forbidden) =>
        forbidden switch
        {
            (byte)'/' => "holds '/', which one topic level cannot: {name...} allows more levels",
            (byte)'+' => "holds the wildcard '+'",
            (byte)'#' => "holds the wildcard '#'",
            _ => "holds NUL",
        };
}
