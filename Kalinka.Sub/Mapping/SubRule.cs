using System.Diagnostics.CodeAnalysis;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Mapping;

/// <summary>One compiled rule.</summary>
internal sealed record SubRule(
    KafkaPattern From,
    Template To,
    Template Client,
    int Qos,
    bool Retain,
    IReadOnlyList<SubRuleProperty> Properties
)
{
    public bool TopicNeedsBroker { get; } = To.Uses(ValueKind.Broker);

    public bool TryRenderClient(ref SubValues values, MappedMessage into, [NotNullWhen(false)] out string? rejection) =>
        TryRender("Client", Client, ref values, into.ClientBytes, out rejection);

    public bool TryRenderTopic(ref SubValues values, MappedMessage into, [NotNullWhen(false)] out string? rejection) =>
        TryRender("To", To, ref values, into.TopicBytes, out rejection);

    /// <summary>Renders the user properties one after the other.</summary>
    /// <param name="scratch">Holds one value at a time.</param>
    /// <param name="into">Null: they are only checked.</param>
    public bool TryRenderProperties(
        ref SubValues values,
        ReusableBytes scratch,
        PublishPropertiesWriter? into,
        [NotNullWhen(false)] out string? rejection
    )
    {
        rejection = null;
        for (var index = 0; index < Properties.Count; index++)
        {
            var property = Properties[index];
            if (!TryRender(property.Name, property.Value, ref values, scratch, out rejection))
            {
                return false;
            }

            into?.TryAddUserProperty(property.NameBytes, scratch.Written);
        }

        return true;
    }

    private static bool TryRender(
        string what,
        Template template,
        ref SubValues values,
        ReusableBytes into,
        [NotNullWhen(false)] out string? rejection
    )
    {
        if (template.TryRender(ref values, into, out rejection))
        {
            return true;
        }

        rejection = $"{what} \"{template.Text}\": {rejection}";
        return false;
    }
}

/// <summary>A user property that a rule gives to its messages.</summary>
internal sealed record SubRuleProperty(string Name, byte[] NameBytes, Template Value);
