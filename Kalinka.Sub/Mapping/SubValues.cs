using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Mapping;

/// <summary>The values of one record, in place.</summary>
/// <param name="brokerName">Empty where no template can ask for it.</param>
internal readonly ref struct SubValues(in ConsumedRecord record, SubRoute route, ReadOnlySpan<byte> brokerName)
    : ITemplateValues
{
    private readonly ConsumedRecord _record = record;
    private readonly SubRoute _route = route;
    private readonly ReadOnlySpan<byte> _brokerName = brokerName;

    public bool TryGet(TemplateValue value, out ReadOnlySpan<byte> bytes)
    {
        if (value.Kind == ValueKind.Header)
        {
            return _record.TryGetHeader(value.Name, out bytes);
        }

        bytes = value.Kind switch
        {
            ValueKind.Capture => _route.Captures[value.Capture].Of(_route.KafkaTopic),
            ValueKind.Key => _record.Key,
            ValueKind.Topic => _route.KafkaTopic,
            ValueKind.Broker => _brokerName,
            _ => throw new InvalidOperationException($"{{{value.Text}}} is not for records"),
        };
        return value.Kind != ValueKind.Key || _record.HasKey;
    }
}
