using System.Text;
using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;
using Kalinka.Sub.Mapping;

namespace Kalinka.Tests.Sub.Mapping;

/// <summary>Rules of sub from text, and records for them.</summary>
internal static class SubRules
{
    /// <summary>The rules that the prototype had.</summary>
    public static SubRuleOptions[] Prototype =>
        [Rule("mqtt.mqtt", "mqtt/{header:srcId}/mqtt/{key}/sub"), Rule("{system}.mqtt", "{system}/mqtt/{key}/sub")];

    public static SubRuleOptions Rule(
        string from,
        string to,
        string client = "{key}",
        int qos = 1,
        bool retain = false,
        params (string Name, string Value)[] properties
    ) => new(from, to, client, qos, retain, [.. properties.Select(one => KeyValuePair.Create(one.Name, one.Value))]);

    public static SubMapping Compile(params SubRuleOptions[] rules)
    {
        var errors = new List<ConfigurationError>();
        var mapping = SubMapping.Compile(new SubMappingOptions(rules), errors);
        Assert.That(errors, Is.Empty);
        return mapping!;
    }

    public static List<ConfigurationError> Errors(params SubRuleOptions[] rules)
    {
        var errors = new List<ConfigurationError>();
        var mapping = SubMapping.Compile(new SubMappingOptions(rules), errors);
        Assert.That(mapping is null, Is.EqualTo(errors.Count > 0), "compiled, or errors");
        return errors;
    }

    public static ConsumedRecord Record(string kafkaTopic, string? key, params (string Name, string Value)[] headers) =>
        Record(kafkaTopic, key is null ? null : Encoding.UTF8.GetBytes(key), headers);

    public static ConsumedRecord Record(string kafkaTopic, byte[]? key, params (string Name, string Value)[] headers) =>
        new(
            new TopicPartition(kafkaTopic, 0),
            0,
            0,
            key,
            [],
            headers.Select(header =>
                KeyValuePair.Create<string, byte[]?>(header.Name, Encoding.UTF8.GetBytes(header.Value))
            )
        );

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
