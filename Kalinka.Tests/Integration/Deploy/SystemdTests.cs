using System.Globalization;
using System.Runtime.Versioning;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>The units and their installer, in a root of their own; systemd itself need not run.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SystemdTests
{
    private const string ExposureAtMost = "25"; // 2.5 of 10.

    private DirectoryInfo _folder = null!;
    private string _root = null!;
    private string _published = null!;

    [SetUp]
    public async Task Install()
    {
        if (Command.Find("systemd-analyze") is null)
        {
            Assert.Ignore("systemd-analyze is not installed");
        }
        _folder = Directory.CreateTempSubdirectory("systemd-");
        _root = Path.Combine(_folder.FullName, "root");
        _published = Path.Combine(_folder.FullName, "published");
        Directory.CreateDirectory(_published);
        foreach (var daemon in new[] { Daemon.Pub, Daemon.Sub })
        {
            File.Copy(Daemon.PathOf(daemon), Path.Combine(_published, daemon));
        }
        await InstallAsync(_published);
    }

    [TearDown]
    public void Remove() => _folder?.Delete(recursive: true);

    [TestCase(Daemon.Pub)]
    [TestCase(Daemon.Sub)]
    public async Task Systemd_finds_nothing_wrong_with_the_unit(string daemon)
    {
        CopyTargetsOfTheSystem();

        var verified = await Command.RunAsync("systemd-analyze", "verify", $"--root={_root}", UnitOf(daemon));

        Assert.That(verified, Is.EqualTo(new CommandResult(0, "")));
    }

    [TestCase(Daemon.Pub)]
    [TestCase(Daemon.Sub)]
    public async Task The_unit_exposes_little(string daemon)
    {
        var judged = await Command.RunAsync(
            "systemd-analyze",
            "security",
            "--offline=true",
            $"--threshold={ExposureAtMost}",
            UnitOf(daemon)
        );

        Assert.That(judged.ExitCode, Is.Zero, judged.Output);
    }

    [TestCase(Daemon.Pub)]
    [TestCase(Daemon.Sub)]
    public void The_unit_waits_for_the_drain_and_leaves_a_broken_configuration_alone(string daemon)
    {
        var settings = File.ReadLines(UnitOf(daemon))
            .Select(line => line.Split('=', 2))
            .Where(line => line.Length == 2)
            .ToLookup(line => line[0], line => line[1]);

        Assert.That(settings["RestartPreventExitStatus"], Is.EqualTo(new[] { $"{ExitCodes.Mistake}" }));
        Assert.That(
            int.Parse(settings["TimeoutStopSec"].Single(), CultureInfo.InvariantCulture),
            Is.GreaterThan(DaemonHost.DrainTimeout.TotalSeconds)
        );
    }

    [Test]
    public async Task A_second_installation_upgrades_and_keeps_the_configuration()
    {
        var configuration = Path.Combine(_root, "etc/kalinka/pub.json");
        await File.WriteAllTextAsync(configuration, "mine");
        await File.WriteAllTextAsync(Path.Combine(_published, "new.dll"), "");
        File.Delete(Path.Combine(_published, Daemon.Sub));

        await InstallAsync(_published);

        Assert.That(await File.ReadAllTextAsync(configuration), Is.EqualTo("mine"));
        Assert.That(Path.Combine(_root, "opt/kalinka/pub/new.dll"), Does.Exist);
        Assert.That(Path.Combine(_root, "opt/kalinka/sub/kalinka-sub"), Does.Exist);
    }

    [Test]
    public void Others_cannot_read_the_secrets() =>
        Assert.That(
            File.GetUnixFileMode(Path.Combine(_root, "etc/kalinka/secrets"))
                & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute),
            Is.EqualTo(UnixFileMode.None)
        );

    [Test]
    public async Task Another_prefix_reaches_the_unit()
    {
        await InstallAsync("--prefix", "/srv/kalinka", _published);

        Assert.That(
            await File.ReadAllTextAsync(UnitOf(Daemon.Pub)),
            Does.Contain("ExecStart=/srv/kalinka/pub/kalinka-pub ")
        );
    }

    [Test]
    public async Task Removal_leaves_the_configuration()
    {
        await InstallAsync("--uninstall");

        Assert.That(UnitOf(Daemon.Pub), Does.Not.Exist);
        Assert.That(Path.Combine(_root, "opt/kalinka"), Does.Not.Exist);
        Assert.That(Path.Combine(_root, "etc/kalinka/pub.json"), Does.Exist);
    }

    [Test]
    public async Task A_folder_without_daemons_is_refused()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_folder.FullName, "empty")).FullName;

        var refused = await Command.RunAsync(Installer, "--root", _root, empty);

        Assert.That(refused.ExitCode, Is.Not.Zero);
        Assert.That(refused.Output, Does.Contain("no kalinka-pub or kalinka-sub in"));
    }

    private static string Installer => Repository.PathOf("deploy", "systemd", "install");

    private string UnitOf(string daemon) => Path.Combine(_root, $"etc/systemd/system/{daemon}@.service");

    private async Task InstallAsync(params string[] arguments)
    {
        var installed = await Command.RunAsync(Installer, ["--root", _root, .. arguments]);
        Assert.That(installed.ExitCode, Is.Zero, installed.Output);
    }

    // A root with nothing but our units lacks what every unit depends on.
    private void CopyTargetsOfTheSystem()
    {
        var units = Directory.CreateDirectory(Path.Combine(_root, "usr/lib/systemd/system")).FullName;
        foreach (var target in Directory.EnumerateFiles("/usr/lib/systemd/system", "*.target"))
        {
            File.Copy(target, Path.Combine(units, Path.GetFileName(target)));
        }
    }
}
