namespace Kalinka.Tests.Integration.Deploy;

/// <summary>Both images, built and run: unprivileged, on a read-only root, healthy by their own word.</summary>
internal sealed class DockerTests
{
    private DockerEngine? _engine;

    [OneTimeSetUp]
    public async Task StartEngine()
    {
        if (await DockerEngine.WhyNotAsync() is { } reason)
        {
            Assert.Ignore($"{reason}; deploy/docker/README.md says how to get an engine");
        }
        _engine = await DockerEngine.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopEngine()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }
    }

    [TestCase("pub")]
    [TestCase("sub")]
    public async Task An_image_runs_without_privileges_is_alive_without_servers_and_ends_well(string name)
    {
        await using var image = await DaemonImage.RunAsync(_engine!, name);

        var health = await SettledHealthAsync(image);
        var user = await image.ExecuteAsync("id", "-u");
        var ready = await image.ExecuteAsync("healthy", "/health/ready");
        var exitCode = await image.StopAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(health, Is.EqualTo("healthy"));
            Assert.That(user.Output, Is.EqualTo("1654"));
            Assert.That(ready.ExitCode, Is.Not.Zero, "no server is there, so it cannot be ready");
            Assert.That(exitCode, Is.EqualTo("0"));
        }
    }

    private static async Task<string> SettledHealthAsync(DaemonImage image)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        string health;
        do
        {
            await timer.WaitForNextTickAsync();
            health = await image.InspectAsync("{{.State.Status}} {{.State.Health.Status}}");
        } while (health == "running starting");
        return health.Replace("running ", "", StringComparison.Ordinal);
    }
}
