using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Mapping;

/// <summary>The values of one MQTT message, in place.</summary>
internal readonly ref struct PubValues(
    ReadOnlySpan<byte> mqttTopic,
    ReadOnlySpan<CaptureRange> captures,
    PublishProperties properties,
    ReadOnlySpan<byte> brokerName
) : ITemplateValues
{
    private readonly ReadOnlySpan<byte> _mqttTopic = mqttTopic;
    private readonly ReadOnlySpan<CaptureRange> _captures = captures;
    private readonly PublishProperties _properties = properties;
    private readonly ReadOnlySpan<byte> _brokerName = brokerName;

    public bool TryGet(TemplateValue value, out ReadOnlySpan<byte> bytes)
    {
        if (value.Kind == ValueKind.Property)
        {
            return _properties.TryGetUserProperty(value.Name, out bytes);
        }

        bytes = value.Kind switch
        {
            ValueKind.Capture => _captures[value.Capture].Of(_mqttTopic),
            ValueKind.Topic => _mqttTopic,
            ValueKind.Broker => _brokerName,
            _ => throw new InvalidOperationException($"{{{value.Text}}} is not for MQTT messages"),
        };
        return true;
    }
}
