using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>What is shipped as a sample is a configuration without errors, and its rules do what they show.</summary>
internal sealed class SampleConfigurationTests
{
    [TestCase(Daemon.Pub, "compose/pub.json")]
    [TestCase(Daemon.Sub, "compose/sub.json")]
    [TestCase(Daemon.Pub, "systemd/pub.json")]
    [TestCase(Daemon.Sub, "systemd/sub.json")]
    public async Task A_shipped_configuration_has_no_errors(string daemon, string file)
    {
        var checkedFile = await RunAsync(daemon, "check", "--config", Repository.PathOf("deploy", file));

        Assert.That(checkedFile.ExitCode, Is.Zero, checkedFile.Output);
    }

    [Test]
    public async Task What_one_device_sends_to_another_comes_out_on_the_topic_of_the_receiver()
    {
        var toKafka = await RunAsync(
            Daemon.Pub,
            ["explain", "--config", Repository.PathOf("deploy/compose/pub.json"), "--json", "mqtt/d1/mqtt/d2/pub"]
        );
        var toMqtt = await RunAsync(
            Daemon.Sub,
            [
                "explain",
                "--config",
                Repository.PathOf("deploy/compose/sub.json"),
                "--json",
                "--topic",
                "mqtt.mqtt",
                "--key",
                "d2",
                "--header",
                "srcId=d1",
            ]
        );

        Assert.That(toKafka.Output, Does.Contain("\"mqtt.mqtt\"").And.Contain("\"d2\""));
        Assert.That(toMqtt.Output, Does.Contain("\"mqtt/d1/mqtt/d2/sub\""));
    }

    // The secret is where an installation has it, not here.
    private static async Task<CommandResult> RunAsync(string daemon, params string[] arguments)
    {
        var secret = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(secret, "secret");
            return await Command.RunAsync(
                "env",
                [$"KALINKA_Mqtt__Brokers__0__PasswordFile={secret}", Daemon.PathOf(daemon), .. arguments]
            );
        }
        finally
        {
            File.Delete(secret);
        }
    }
}
