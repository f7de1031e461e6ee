namespace Kalinka.Common.Mapping;

/// <summary>Where in a topic's bytes a capture stands.</summary>
public readonly record struct CaptureRange(int Start, int Length)
{
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> topic) => topic.Slice(Start, Length);
}
