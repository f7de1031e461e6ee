using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;
using Kalinka.Common.Records;

namespace Kalinka.Sub.Mapping;

/// <summary>Compiles one rule and reports everything that is wrong with it.</summary>
internal sealed class SubRuleCompiler(string keyPath, ICollection<ConfigurationError> errors)
{
    private const string NoProperties = "a record has headers; {header:NAME} reads one";

    private static readonly Dictionary<ValueKind, string> UnavailableInTopic = new()
    {
        [ValueKind.Property] = NoProperties,
    };

    private static readonly Dictionary<ValueKind, string> UnavailableInClient = new()
    {
        [ValueKind.Property] = NoProperties,
        [ValueKind.Broker] = "the broker is found through the client; it is known in To",
    };

    private static readonly Dictionary<ValueKind, string> UnavailableInProperty = new()
    {
        [ValueKind.Property] = NoProperties,
        [ValueKind.Broker] = "user properties are the same whichever broker the client is found at; it is known in To",
    };

    private IReadOnlyList<string>? _captures;

    /// <summary>Null when something was reported.</summary>
    public SubRule? Compile(SubRuleOptions options)
    {
        var from = KafkaPatternParser.Parse(options.From, Place("From", options.From));
        _captures = from?.Captures;
        var to = CompileTemplate("To", options.To, TemplatePlace.MqttTopic, UnavailableInTopic);
        var client = CompileTemplate("Client", options.Client, TemplatePlace.ClientIdentifier, UnavailableInClient);
        var properties = options.Properties.Select(CompileProperty).ToArray();
        var qos = CheckQos(options.Qos);
        return from is not null && to is not null && client is not null && qos && !properties.Contains(null)
            ? new SubRule(from, to, client, options.Qos, options.Retain, properties!)
            : null;
    }

    private bool CheckQos(int qos)
    {
        if (qos is 0 or 1)
        {
            return true;
        }

        Place("Qos", $"{qos}")
            .Report(
                "0 or 1: the promise is at least once, and QoS 2 ends with the session when a broker or daemon fails"
            );
        return false;
    }

    private SubRuleProperty? CompileProperty(KeyValuePair<string, string> property)
    {
        var key = $"Properties:{property.Key}";
        var value = CompileTemplate(key, property.Value, TemplatePlace.UserProperty, UnavailableInProperty);
        var place = Place(key, property.Key);
        if (
            !StrictUtf8.TryEncode(property.Key, out var name)
            || name.Length is 0 or > ushort.MaxValue
            || name.Contains((byte)0)
        )
        {
            place.Report("a user property needs a name of 1 to 65,535 bytes without NUL");
        }
        else if (name.AsSpan().StartsWith(HeaderNames.KalinkaPrefix))
        {
            place.Report("names that begin with kalinka- are Kalinka's own");
        }

        return place.Any || value is null ? null : new SubRuleProperty(property.Key, name!, value);
    }

    private Template? CompileTemplate(
        string key,
        string text,
        TemplatePlace place,
        IReadOnlyDictionary<ValueKind, string> unavailable
    ) => TemplateParser.Parse(text, new TemplateScope(place, _captures, unavailable), Place(key, text));

    private TextErrors Place(string key, string text) => new($"{keyPath}:{key}", text, errors);
}
