using System.Text;
using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Mapping;

namespace Kalinka.Tests.Pub.Mapping;

/// <summary>Rules of pub from text, and messages through them.</summary>
internal static class PubRules
{
    /// <summary>The rules that the prototype had.</summary>
    public static PubRuleOptions[] Prototype =>
        [
            Rule("mqtt/{src}/mqtt/{dest}/pub", "mqtt.mqtt", "{dest}", "{src}", ("srcId", "{src}")),
            Rule("mqtt/{src}/{system}/pub", "mqtt.{system}", "{src}", "{src}", ("srcId", "{src}")),
        ];

    public static PubRuleOptions Rule(
        string from,
        string to,
        string? key = null,
        string? client = null,
        params (string Name, string Value)[] headers
    ) => new(from, to, key, client, [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]);

    public static PubMapping Compile(params PubRuleOptions[] rules)
    {
        var errors = new List<ConfigurationError>();
        var mapping = PubMapping.Compile(new PubMappingOptions(rules, DeadLetterUnmapped: false), errors);
        Assert.That(errors, Is.Empty);
        return mapping!;
    }

    public static List<ConfigurationError> Errors(params PubRuleOptions[] rules)
    {
        var errors = new List<ConfigurationError>();
        var mapping = PubMapping.Compile(new PubMappingOptions(rules, DeadLetterUnmapped: false), errors);
        Assert.That(mapping is null, Is.EqualTo(errors.Count > 0), "compiled, or errors");
        return errors;
    }

    public static MappingVerdict Map(
        this PubMapping mapping,
        string mqttTopic,
        MappedRecord into,
        params (string Name, string Value)[] properties
    ) => mapping.Map(Encoding.UTF8.GetBytes(mqttTopic), new PublishProperties(Block(properties)), "b1"u8, into);

    public static byte[] Block(params (string Name, string Value)[] properties)
    {
        var writer = new PublishPropertiesWriter();
        foreach (var (name, value) in properties)
        {
            writer.TryAddUserProperty(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }

        return writer.Written.ToArray();
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
