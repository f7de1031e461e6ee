namespace Kalinka.Common.Mapping;

/// <summary>
/// What a template makes, and so what may stand in it. Reasons are ends of sentences ("holds NUL"); null means "legal".
/// </summary>
public abstract class TemplatePlace
{
    public static TemplatePlace KafkaTopic { get; } = new KafkaTopicPlace();

    public static TemplatePlace MqttTopic { get; } = new MqttTopicPlace();

    /// <summary>A Client Identifier, not empty.</summary>
    public static TemplatePlace ClientIdentifier { get; } = new MqttStringPlace(mayBeEmpty: false);

    /// <summary>The value of an MQTT user property.</summary>
    public static TemplatePlace UserProperty { get; } = new MqttStringPlace(mayBeEmpty: true);

    /// <summary>A key or header value of a record: any bytes.</summary>
    public static TemplatePlace Bytes { get; } = new BytesPlace();

    /// <summary>Why a literal part can never be right here.</summary>
    internal virtual string? RefuseLiteral(ReadOnlySpan<byte> literal) => null;

    /// <param name="manyLevels">The template says <c>{name...}</c>.</param>
    internal virtual string? RefuseValue(ReadOnlySpan<byte> value, bool manyLevels) => null;

    /// <param name="literalStart">The literal that the template begins with; empty when it begins with a value.</param>
    /// <param name="constant">The template is one literal: what it says is the user's will.</param>
    internal virtual string? RefuseResult(ReadOnlySpan<byte> result, ReadOnlySpan<byte> literalStart, bool constant) =>
        null;

    internal virtual void Append(ReadOnlySpan<byte> value, bool manyLevels, ReusableBytes into) => into.Append(value);

    private sealed class BytesPlace : TemplatePlace;
}
