"""docker-compose.yml and Dockerfile: what can be checked of them without a container engine."""

import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The members of a service that these files use, of the Compose specification.
MEMBERS = {
    "build", "cap_add", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "ports",
    "read_only", "restart", "security_opt", "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes",
}
REPLICAS = ["bookings-1", "bookings-2", "bookings-3"]


def read(path):
    return (ROOT / path).read_text()


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = yaml.safe_load(read("docker-compose.yml"))
        cls.services = cls.file["services"]

    def test_the_services_are_the_stores_the_migration_the_replicas_and_nginx(self):
        self.assertEqual(sorted(self.services), sorted(["db", "redis", "migrate", "nginx", *REPLICAS]))

    def test_every_member_is_one_of_the_specification(self):
        for name, service in self.services.items():
            self.assertEqual(set(service) - MEMBERS, set(), name)
        extensions = {name for name in self.file if name.startswith("x-")}
        self.assertEqual(set(self.file) - extensions, {"name", "services", "volumes"})

    def test_no_container_can_gain_rights_or_write_to_its_root(self):
        for name, service in self.services.items():
            self.assertIs(service["read_only"], True, name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)

    def test_every_container_but_the_migration_is_restarted_and_checked(self):
        image_has_check = "HEALTHCHECK" in read("Dockerfile")
        for name, service in self.services.items():
            if name == "migrate":
                self.assertEqual((service["restart"], service["healthcheck"]), ("no", {"disable": True}))
                continue
            self.assertEqual(service["restart"], "unless-stopped", name)
            self.assertTrue("test" in service.get("healthcheck", {}) or "build" in service and image_has_check, name)
            self.assertRegex(service["stop_grace_period"], r"^\d+s$", name)

    def test_the_replicas_wait_for_the_migration_and_nginx_for_the_replicas(self):
        for name in REPLICAS:
            self.assertEqual(self.services[name]["depends_on"]["migrate"], {"condition": "service_completed_successfully"})
        self.assertEqual(sorted(self.services["nginx"]["depends_on"]), REPLICAS)
        for name, service in self.services.items():
            self.assertEqual(set(service.get("depends_on", [])) - set(self.services), set(), name)

    def test_a_replica_is_not_killed_before_its_shutdown_has_ended(self):
        grace = re.search(r"^SHUTDOWN_GRACE_SECONDS=(\d+)", read(".env.example"), re.M).group(1)
        for name in REPLICAS:
            self.assertGreater(int(self.services[name]["stop_grace_period"][:-1]), int(grace))

    def test_nginx_has_every_replica_in_both_upstreams(self):
        servers = re.findall(r"server (bookings-\d):3000", read("deploy/nginx.conf"))
        self.assertEqual(servers, REPLICAS * 2)
        self.assertEqual(self.services["nginx"]["ports"], ["${PORT:-3000}:3000"])

    def test_the_variables_are_those_of_the_service(self):
        names = set(self.services["bookings-1"]["environment"]) - {"PGPASSWORD"}
        known = set(re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.M))
        self.assertEqual(names - known, set())

    def test_the_stores_are_published_on_this_machine_alone(self):
        for name in ("db", "redis"):
            for port in self.services[name]["ports"]:
                self.assertTrue(port.startswith("127.0.0.1:"), port)

    def test_images_and_volumes_are_named_exactly(self):
        for name, service in self.services.items():
            if "build" not in service:
                self.assertRegex(service["image"], r":\d+\.\d+(\.\d+)?-bookworm$", name)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                exists = (ROOT / source).exists() if source.startswith(".") else source in self.file["volumes"]
                self.assertTrue(exists, volume)


class Image(unittest.TestCase):
    def test_the_base_images_have_exact_versions(self):
        self.assertEqual(len(re.findall(r"^FROM (?:swift:\d+\.\d+\.\d+-|debian:bookworm-\d{8}-slim)", read("Dockerfile"), re.M)), 2)

    def test_the_server_is_the_first_process_and_belongs_to_a_user(self):
        lines = read("Dockerfile").splitlines()
        self.assertIn('ENTRYPOINT ["BookingsServer"]', lines)
        self.assertIn("USER bookings", lines)
        self.assertIn("STOPSIGNAL SIGTERM", lines)
        self.assertTrue(any(line.endswith('CMD ["BookingsServer", "health"]') for line in lines))


if __name__ == "__main__":
    unittest.main()
