using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;
using Kalinka.Common.Records;

namespace Kalinka.Pub.Mapping;

/// <summary>Compiles one rule and reports everything that is wrong with it.</summary>
internal sealed class PubRuleCompiler(string keyPath, ICollection<ConfigurationError> errors)
{
    private static readonly Dictionary<ValueKind, string> Unavailable = new()
    {
        [ValueKind.Key] = "an MQTT message has no key; {property:NAME} reads a user property",
        [ValueKind.Header] = "an MQTT message has no headers; {property:NAME} reads a user property",
    };

    private IReadOnlyList<string>? _captures;

    /// <summary>Null when something was reported.</summary>
    public PubRule? Compile(PubRuleOptions options)
    {
        var from = CompileFrom(options.From);
        _captures = from?.Captures;
        var to = CompileTemplate("To", options.To, TemplatePlace.KafkaTopic);
        var key = CompileOptional("Key", options.Key, TemplatePlace.Bytes);
        var client = CompileOptional("Client", options.Client, TemplatePlace.ClientIdentifier);
        var headers = options.Headers.Select(CompileHeader).ToArray();
        var whole =
            from is not null
            && to is not null
            && (key is null) == (options.Key is null)
            && (client is null) == (options.Client is null)
            && !headers.Contains(null);
        return whole ? new PubRule(from!, to!, key, client, headers!) : null;
    }

    private MqttPattern? CompileFrom(string text)
    {
        var place = Place("From", text);
        if (text.StartsWith("$share/", StringComparison.Ordinal))
        {
            place.Report("kalinka-pub shares its subscriptions by itself (Mqtt:ShareName): leave $share/... out");
            return null;
        }

        return MqttPatternParser.Parse(text, place);
    }

    private PubRuleHeader? CompileHeader(KeyValuePair<string, string> header)
    {
        var key = $"Headers:{header.Key}";
        var value = CompileTemplate(key, header.Value, TemplatePlace.Bytes);
        if (!StrictUtf8.TryEncode(header.Key, out var name) || name.Length == 0)
        {
            Place(key, header.Key).Report("a header needs a name");
            return null;
        }

        if (name.AsSpan().StartsWith(HeaderNames.MqttPrefix) || name.AsSpan().StartsWith(HeaderNames.KalinkaPrefix))
        {
            Place(key, header.Key).Report("names that begin with mqtt- or kalinka- are Kalinka's own");
            return null;
        }

        return value is null ? null : new PubRuleHeader(header.Key, name, value);
    }

    private Template? CompileOptional(string key, string? text, TemplatePlace place) =>
        text is null ? null : CompileTemplate(key, text, place);

    private Template? CompileTemplate(string key, string text, TemplatePlace place) =>
        TemplateParser.Parse(text, new TemplateScope(place, _captures, Unavailable), Place(key, text));

    private TextErrors Place(string key, string text) => new($"{keyPath}:{key}", text, errors);
}
