namespace Kalinka.Common.Mapping;

/// <summary>A literal, or a capture, which has none.</summary>
internal readonly struct KafkaPatternPart(byte[]? literal)
{
    public bool IsCapture => literal is null;

    public ReadOnlySpan<byte> Literal => literal;
}
