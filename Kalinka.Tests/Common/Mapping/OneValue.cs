using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>A message that has the same value for everything, or none.</summary>
internal readonly struct OneValue(byte[]? bytes) : ITemplateValues
{
    public bool TryGet(TemplateValue value, out ReadOnlySpan<byte> result)
    {
        result = bytes;
        return bytes is not null;
    }
}
