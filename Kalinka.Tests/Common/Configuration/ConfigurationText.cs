using System.Text.Json;
using System.Text.Json.Nodes;
using Kalinka.Common.Configuration;
using Kalinka.Pub.Configuration;
using Kalinka.Sub.Configuration;

namespace Kalinka.Tests.Common.Configuration;

/// <summary>Configurations as texts: a good one for each daemon, and good ones changed by a fragment.</summary>
internal static class ConfigurationText
{
    public const string Pub = """
        {
          "Instance": "i1",
          "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://127.0.0.1:1883" } ] },
          "Kafka": { "BootstrapServers": "k1:9092" },
          "ZooKeeper": { "ConnectionString": "z1:2181/kalinka" },
          "Mapping": { "Rules": [ { "From": "devices/{client}/up", "To": "devices", "Key": "{client}" } ] }
        }
        """;

    public const string Sub = """
        {
          "Instance": "i1",
          "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://127.0.0.1:1883" } ] },
          "Kafka": { "BootstrapServers": "k1:9092" },
          "ZooKeeper": { "ConnectionString": "z1:2181/kalinka" },
          "Mapping": { "Rules": [ { "From": "commands", "Client": "{key}", "To": "devices/{key}/down" } ] }
        }
        """;

    /// <summary>The good text with objects of the fragment merged in; null takes a key away.</summary>
    public static string With(this string good, string fragment)
    {
        var root = JsonNode.Parse(good)!.AsObject();
        Merge(root, JsonNode.Parse(fragment)!.AsObject());
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    public static Loaded<PubConfiguration> LoadPub(string text, Sources? sources = null) =>
        Load(text, sources, root => PubConfiguration.Read(root, () => "chosen-0"));

    public static Loaded<SubConfiguration> LoadSub(string text, Sources? sources = null) =>
        Load(text, sources, root => SubConfiguration.Read(root, () => "chosen-0"));

    /// <summary>The one error of a configuration that has just one.</summary>
    public static ConfigurationError OnlyError(this Findings findings)
    {
        Assert.That(findings.Errors, Has.Count.EqualTo(1), string.Join('\n', findings.Errors));
        return findings.Errors[0];
    }

    private static Loaded<T> Load<T>(string text, Sources? sources, Func<SectionReader, T> read)
        where T : class
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return new ConfigurationSources(file, sources?.Environment ?? [], sources?.Arguments ?? []).Load(read);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Merge(JsonObject target, JsonObject fragment)
    {
        foreach (var (name, value) in fragment)
        {
            if (value is JsonObject below && target[name] is JsonObject there)
            {
                Merge(there, below);
            }
            else if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}

/// <summary>What overrides a file.</summary>
internal sealed record Sources(
    Dictionary<string, string>? Environment = null,
    Dictionary<string, string>? Arguments = null
);
