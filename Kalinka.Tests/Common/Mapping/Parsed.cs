using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>Patterns and templates from text, or what is wrong with it.</summary>
internal static class Parsed
{
    private static readonly Dictionary<ValueKind, string> NothingUnavailable = [];

    public static MqttPattern Mqtt(string text) => Good(errors => MqttPatternParser.Parse(text, errors), text);

    public static KafkaPattern Kafka(string text) => Good(errors => KafkaPatternParser.Parse(text, errors), text);

    public static Template Template(string text, TemplatePlace place, params string[] captures) =>
        Good(errors => TemplateParser.Parse(text, new(place, captures, NothingUnavailable), errors), text);

    public static string[] MqttErrors(string text) => Errors(errors => MqttPatternParser.Parse(text, errors), text);

    public static string[] KafkaErrors(string text) => Errors(errors => KafkaPatternParser.Parse(text, errors), text);

    public static string[] TemplateErrors(string text, TemplatePlace place, params string[] captures) =>
        Errors(errors => TemplateParser.Parse(text, new(place, captures, NothingUnavailable), errors), text);

    private static T Good<T>(Func<TextErrors, T?> parse, string text)
        where T : class
    {
        var errors = new List<ConfigurationError>();
        var parsed = parse(new TextErrors("Key", text, errors));
        Assert.That(errors, Is.Empty);
        return parsed!;
    }

    private static string[] Errors<T>(Func<TextErrors, T?> parse, string text)
        where T : class
    {
        var errors = new List<ConfigurationError>();
        var parsed = parse(new TextErrors("Key", text, errors));
        Assert.That(parsed is null, Is.EqualTo(errors.Count > 0), "parsed, or errors");
        return [.. errors.Select(error => error.Message)];
    }
}
