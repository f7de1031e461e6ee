using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Configuration;

internal sealed class DirectorySectionTests
{
    private const string InKafka = """{ "Directory": "Kafka", "ZooKeeper": null }""";

    [Test]
    public void By_default_clients_are_found_in_ZooKeeper()
    {
        var expected = new DirectoryOptions(DirectoryKind.ZooKeeper, "kalinka.directory", 5_000_000);
        Assert.That(ConfigurationText.LoadSub(ConfigurationText.Sub).Options!.Options.Directory, Is.EqualTo(expected));
        Assert.That(ConfigurationText.LoadPub(ConfigurationText.Pub).Options!.Options.Directory, Is.EqualTo(expected));
    }

    [Test]
    public void With_a_directory_in_Kafka_sub_needs_no_ZooKeeper()
    {
        var loaded = ConfigurationText.LoadSub(ConfigurationText.Sub.With(InKafka));
        Assert.That(loaded.Findings.Errors.Concat(loaded.Findings.Warnings), Is.Empty);
        Assert.That(loaded.Options!.Options.ZooKeeper, Is.Null);
        Assert.That(loaded.Options.Summary, Has.Some.EqualTo("clients in the topic kalinka.directory"));
    }

    [Test]
    public void With_a_directory_in_Kafka_pub_has_presence_without_ZooKeeper_and_fixed_seats()
    {
        var loaded = ConfigurationText.LoadPub(ConfigurationText.Pub.With(InKafka));
        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(loaded.Options!.Options.Presence.Sources.Single().Preset, Is.EqualTo("Traffic"));
        Assert.That(loaded.Findings.Warnings.Single().Message, Does.Contain("only one instance may run"));
    }

    [TestCase("""{ "Directory": "Redis" }""", "Directory", "ZooKeeper, Kafka")]
    [TestCase("""{ "Kafka": { "DirectoryTopic": "a b" } }""", "Kafka:DirectoryTopic", "name of a Kafka topic")]
    [TestCase("""{ "Kafka": { "DirectoryCapacity": 10 } }""", "Kafka:DirectoryCapacity", "from 1000")]
    public void A_mistake_is_told_with_its_place(string fragment, string keyPath, string words)
    {
        var error = ConfigurationText.LoadSub(ConfigurationText.Sub.With(fragment)).Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo(keyPath));
        Assert.That(error.Message, Does.Contain(words));
    }

    [Test]
    public void What_only_the_other_directory_reads_is_warned_of()
    {
        var text = ConfigurationText.Sub.With("""{ "Kafka": { "DirectoryTopic": "t", "DirectoryCapacity": 2000 } }""");
        Assert.That(
            ConfigurationText.LoadSub(text).Findings.Warnings.Select(warning => warning.KeyPath),
            Is.EqualTo(["Kafka:DirectoryTopic", "Kafka:DirectoryCapacity"])
        );
    }
}
