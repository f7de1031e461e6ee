using System.Text.Json;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Tests.QuickStart;

internal sealed class ConfigurationTemplateTests
{
    private static readonly Dictionary<string, object> Addresses = new()
    {
        ["b1"] = 1881,
        ["b2"] = 1882,
        ["kafka"] = "127.0.0.1:9092",
        ["zookeeper"] = 2181,
        ["http"] = 9464,
    };

    [TestCase("pub")]
    [TestCase("sub")]
    public void A_filled_template_is_JSON_with_the_addresses_of_this_run(string name)
    {
        var folder = Directory.CreateTempSubdirectory("kalinka-");
        var json = File.ReadAllText(ConfigurationTemplate.Write(name, Addresses, folder.FullName));
        folder.Delete(recursive: true);

        using var configuration = JsonDocument.Parse(
            json,
            new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
        );

        var brokers = configuration.RootElement.GetProperty("Mqtt").GetProperty("Brokers");
        Assert.That(brokers[1].GetProperty("Address").GetString(), Is.EqualTo("mqtt://127.0.0.1:1882"));
        var zooKeeper = configuration.RootElement.GetProperty("ZooKeeper").GetProperty("ConnectionString");
        Assert.That(zooKeeper.GetString(), Is.EqualTo("127.0.0.1:2181/kalinka"));
    }

    [Test]
    public void A_missing_value_is_no_configuration() =>
        Assert.That(() => ConfigurationTemplate.Fill("{{b1}} {{b3}}", Addresses), Throws.ArgumentException);
}
