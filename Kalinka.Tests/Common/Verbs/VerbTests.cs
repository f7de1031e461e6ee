using System.Text.Json;
using Kalinka.Tests.Common.Configuration;

namespace Kalinka.Tests.Common.Verbs;

/// <summary>Exit codes and streams, as a shell sees them.</summary>
internal sealed class VerbTests
{
    private static readonly string[] ExplanationKeys =
    [
        "matched",
        "rule",
        "topic",
        "key",
        "headers",
        "qos",
        "retain",
        "client",
        "broker",
        "partition",
        "reason",
    ];

    private DirectoryInfo _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = System.IO.Directory.CreateTempSubdirectory("kalinka-verbs-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestCase(Executable.Pub, ConfigurationText.Pub)]
    [TestCase(Executable.Sub, ConfigurationText.Sub)]
    public async Task Check_of_a_good_configuration_prints_what_was_understood_and_ends_with_0(string name, string text)
    {
        var ended = await Executable.RunAsync(name, "check", "--config", Write(text));

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.StartWith("ok\n").And.Contain("broker b1 (mqtt://127.0.0.1:1883)"));
        Assert.That(ended.Error, Is.Empty);
    }

    [Test]
    public async Task Check_tells_machines_the_same_as_people()
    {
        var text = ConfigurationText.Pub.Replace("mqtt://", "tcp://", StringComparison.Ordinal);

        var ended = await Executable.RunAsync(Executable.Pub, "check", "--config", Write(text), "--json");

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        using var report = System.Text.Json.JsonDocument.Parse(ended.Output);
        Assert.That(report.RootElement.GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(
            report.RootElement.GetProperty("errors")[0].GetProperty("key").GetString(),
            Is.EqualTo("Mqtt:Brokers:0:Address")
        );
    }

    [TestCase("check")]
    [TestCase("run")]
    public async Task A_bad_configuration_is_told_in_a_line_per_error_without_a_stack_trace_and_ends_with_2(string verb)
    {
        var file = Write(
            ConfigurationText.Pub.With("""{ "Mqtt": { "Seats": 0 }, "Kafka": { "BootstrapServers": null } }""")
        );

        var ended = await Executable.RunAsync(Executable.Pub, verb, "--config", file);

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Output, Is.Empty);
        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(2).And.All.StartsWith("error: "));
        Assert.That(lines[0], Does.StartWith("error: Mqtt:Seats: "));
        Assert.That(lines[1], Does.StartWith("error: Kafka:BootstrapServers: "));
    }

    [Test]
    public async Task The_command_line_wins_over_the_environment_and_a_warning_is_no_error()
    {
        var start = Executable.Start(
            Executable.Pub,
            ["check", "--config", Write(ConfigurationText.Pub), "--Mqtt:Seats", "3", "--Instance=mine"]
        );
        start.Environment["KALINKA_Mqtt__Seats"] = "0";

        var ended = await Executable.RunAsync(start);

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain("seats: 3").And.Contain("instance mine"));
        Assert.That(ended.Error, Does.StartWith("warning: Mqtt:Seats: "));
    }

    [Test]
    public async Task Explain_of_a_broker_that_is_not_configured_is_a_mistake()
    {
        var ended = await Executable.RunAsync(
            Executable.Pub,
            ["explain", "--config", Write(ConfigurationText.Pub), "d/c1/temp", "--broker", "b9"]
        );

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Is.EqualTo("error: --broker b9: no such name in Mqtt:Brokers\n"));
    }

    [TestCase]
    [TestCase("chekc", "--config", "x")]
    [TestCase("check")]
    [TestCase("check", "--config")]
    [TestCase("check", "--config", "x", "--Mqtt:Seats")]
    [TestCase("check", "--config", "x", "--nonsense")]
    [TestCase("explain", "--config", "x")]
    [TestCase("explain", "--config", "x", "a/b", "--property", "nameless")]
    public async Task A_mistake_in_the_command_line_is_told_shortly_and_ends_with_2(params string[] arguments)
    {
        var ended = await Executable.RunAsync(Executable.Pub, arguments);

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Output, Is.Empty);
        Assert.That(ended.Error, Does.StartWith("error: ").And.EndWith("See kalinka-pub --help\n"));
    }

    [TestCase(Executable.Pub, "run", "check", "explain")]
    [TestCase(Executable.Sub, "run", "check", "explain")]
    public async Task Help_names_the_verbs_and_each_verb_has_its_own(string name, params string[] verbs)
    {
        var help = await Executable.RunAsync(name, "--help");

        Assert.That(help.ExitCode, Is.Zero);
        foreach (var verb in verbs)
        {
            var own = await Executable.RunAsync(name, verb, "--help");
            Assert.That(help.Output, Does.Contain($"\n  {verb} "));
            Assert.That(own.ExitCode, Is.Zero);
            Assert.That(own.Output, Does.Contain("--config <FILE>"));
        }
    }

    [Test]
    public async Task The_version_is_that_of_the_build()
    {
        var ended = await Executable.RunAsync(Executable.Sub, "--version");

        Assert.That(ended.ExitCode, Is.Zero);
        Assert.That(ended.Output, Does.StartWith(Kalinka.Common.Hosting.ProductVersion.Text));
    }

    [Test]
    public async Task Explain_of_pub_shows_the_record_with_the_headers_that_the_daemon_adds()
    {
        var file = Write(
            ConfigurationText.Pub.With(
                """{ "Mapping": { "Rules": [ { "From": "d/{c}/{kind}", "To": "up.{kind}", "Key": "{c}", "Client": "{c}", "Headers": { "srcId": "{c}" } } ] } }"""
            )
        );

        var ended = await Executable.RunAsync(
            Executable.Pub,
            ["explain", "--config", file, "d/c1/temp", "--property", "a=b=c", "--property", "srcId=forged", "--json"]
        );

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.EnumerateObject().Select(property => property.Name), Is.EqualTo(ExplanationKeys));
        Assert.That(json.GetProperty("matched").GetBoolean(), Is.True);
        Assert.That(json.GetProperty("rule").GetInt32(), Is.Zero);
        Assert.That(json.GetProperty("topic").GetString(), Is.EqualTo("up.temp"));
        Assert.That(json.GetProperty("key").GetString(), Is.EqualTo("c1"));
        Assert.That(json.GetProperty("client").GetString(), Is.EqualTo("c1"));
        var headers = json.GetProperty("headers").Deserialize<Dictionary<string, string>>()!;
        Assert.That(headers["srcId"], Is.EqualTo("c1"));
        Assert.That(headers["mqtt-topic"], Is.EqualTo("d/c1/temp"));
        Assert.That(headers["mqtt-broker"], Is.EqualTo("b1"));
        Assert.That(headers["a"], Is.EqualTo("b=c"));
    }

    [Test]
    public async Task Explain_of_sub_shows_the_message_and_whom_it_is_for()
    {
        var file = Write(
            ConfigurationText.Sub.With(
                """{ "Mapping": { "Rules": [ { "From": "{system}.mqtt", "Client": "{key}", "To": "{system}/{header:src}/{key}", "Qos": 0, "Retain": true } ] } }"""
            )
        );

        var ended = await Executable.RunAsync(
            Executable.Sub,
            ["explain", "--config", file, "--topic", "crm.mqtt", "--key", "d1", "--header", "src=me", "--json"]
        );

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.EnumerateObject().Select(property => property.Name), Is.EqualTo(ExplanationKeys));
        Assert.That(json.GetProperty("topic").GetString(), Is.EqualTo("crm/me/d1"));
        Assert.That(json.GetProperty("client").GetString(), Is.EqualTo("d1"));
        Assert.That(json.GetProperty("qos").GetInt32(), Is.Zero);
        Assert.That(json.GetProperty("retain").GetBoolean(), Is.True);
        Assert.That(json.GetProperty("broker").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("nothing/of/ours", "no rule matches")]
    [TestCase("devices/+/up", "topic")]
    public async Task Explain_of_a_message_that_goes_nowhere_says_why_and_ends_with_1(string mqttTopic, string words)
    {
        var ended = await Executable.RunAsync(
            Executable.Pub,
            ["explain", "--config", Write(ConfigurationText.Pub), mqttTopic, "--json"]
        );

        Assert.That(ended.ExitCode, Is.EqualTo(1));
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.GetProperty("matched").GetBoolean(), Is.False);
        Assert.That(json.GetProperty("topic").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(json.GetProperty("reason").GetString(), Does.Contain(words));
    }

    [TestCase("kalinka-hops=5", "loop")]
    [TestCase("mqtt-expires-at=1000", "expired")]
    public async Task Explain_of_sub_minds_what_the_headers_say_and_ends_with_1(string header, string words)
    {
        var file = Write(ConfigurationText.Sub);

        var ended = await Executable.RunAsync(
            Executable.Sub,
            ["explain", "--config", file, "--topic", "commands", "--key", "d1", "--header", header, "--json"]
        );

        Assert.That(ended.ExitCode, Is.EqualTo(1));
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.GetProperty("matched").GetBoolean(), Is.True);
        Assert.That(json.GetProperty("reason").GetString(), Does.StartWith(words));
    }

    [TestCase("kalinka-hops=4", 0)]
    [TestCase("kalinka-hops=5", 1)]
    [TestCase("kalinka-hops=many", 0)]
    public async Task Explain_of_pub_knows_a_loop(string property, int exitCode)
    {
        var file = Write(ConfigurationText.Pub);

        var ended = await Executable.RunAsync(
            Executable.Pub,
            ["explain", "--config", file, "devices/d1/up", "--property", property]
        );

        Assert.That(ended.ExitCode, Is.EqualTo(exitCode), ended.Output);
        Assert.That(ended.Output, exitCode == 0 ? Does.Not.Contain("loop") : Does.Contain("loop: 5 hops"));
    }

    [Test]
    public async Task Check_connect_tells_each_server_that_does_not_answer_and_ends_with_2()
    {
        var file = Write(
            ConfigurationText.Pub.With(
                """
                {
                  "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://127.0.0.1:1" } ] },
                  "Kafka": { "BootstrapServers": "127.0.0.1:1" },
                  "ZooKeeper": { "ConnectionString": "127.0.0.1:1" }
                }
                """
            )
        );

        var ended = await Executable.RunAsync(Executable.Pub, "check", "--config", file, "--connect");

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Output, Does.Contain("broker b1 (mqtt://127.0.0.1:1): failed, "));
        Assert.That(ended.Output, Does.Contain("kafka 127.0.0.1:1: failed, "));
        Assert.That(ended.Output, Does.Contain("zookeeper 127.0.0.1:1: failed, "));
        Assert.That(ended.Output + ended.Error, Does.Not.Contain("   at "));
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder.FullName, "config.json");
        File.WriteAllText(file, text);
        return file;
    }
}
