namespace Kalinka.Common.Mapping;

/// <summary>One message, asked for the values that a template names.</summary>
public interface ITemplateValues
{
    /// <summary>False when the message has no such header, property or key.</summary>
    bool TryGet(TemplateValue value, out ReadOnlySpan<byte> bytes);
}
